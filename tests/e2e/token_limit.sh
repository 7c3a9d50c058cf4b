#!/bin/bash
# A model's token limit is a maximum of chunks, from the first run on, and is said.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

cp "$root/README.md" "$src"
mkdir -p "$VARVE_KB"
sed 's/"protocol": 1,/"protocol": 1, "token_limit": 60,/' "$root/plugins/template/embed_template.py" >"$top/embed.py"
chmod +x "$top/embed.py"
printf '[embed]\nplugin = %s\n' "$top/embed.py" >"$VARVE_KB/varve.conf"
most() { # tokens of any live chunk
    "$varve" feed --text | python3 -c 'import json,sys
live = {}
for line in sys.stdin:
    change = json.loads(line)
    live.update({s["segment"]: s["tokens"] for s in change.get("segments", [])})
    for segment in change.get("removed", []):
        live.pop(segment, None)
print(max(live.values(), default=""))'
}
"$varve" sync "$src" >"$top/out" 2>"$top/log"
at_most "a chunk's tokens" "$(most)" 60
check "it is said" grep -q "takes 60 tokens" "$top/log"
same "nothing is cut again" "$("$varve" sync --json 2>/dev/null | field 'd["embedded"]')" 0
sed -i 's/"token_limit": 60/"token_limit": 40/' "$top/embed.py"
echo "One line more about lakes." >>"$src/README.md"
"$varve" sync >>"$top/out" 2>&1 # the model says it
"$varve" sync >>"$top/out" 2>&1
at_most "a smaller limit, once the model has said so" "$(most)" 40

# A model that takes over brings its limit along, at once.
sed 's/"token_limit": 40/"token_limit": 12/; s/DIMENSIONS = 64/DIMENSIONS = 32/; s/hash-64/hash-32/' "$top/embed.py" >"$top/other.py"
chmod +x "$top/other.py"
"$varve" run --quiet </dev/null 2>>"$top/log" &
daemon=$!
for _ in $(seq 200); do
    [ "$(status_field 'd["daemon"] is not None' 2>/dev/null)" = True ] && break
    sleep 0.05
done
"$varve" model switch "$top/other.py" >>"$top/out" 2>&1
same "another model" $? 0
check "its smaller limit is said before" grep -q "takes 12 tokens, and chunks have up to 40" "$top/log"
"$varve" sync >>"$top/out" 2>&1
same "what it makes due is done" $? 0
at_most "its limit" "$(most)" 12
daemon_stop
same "nothing is due at the next start" "$("$varve" sync --json 2>/dev/null | field 'd["embedded"]')" 0
finish
