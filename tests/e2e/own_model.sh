#!/bin/bash
# A question to a static model is embedded by the search itself: the same answer as the plugin gives,
# without its process; and a model that is another one than the index has is said to be.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for i in $(seq 40); do
    printf '# Note %d\n\nThe %dth layer was laid down in spring, and counted in winter.\n' "$i" "$i" >"$src/$i.md"
done
vector() { "$1" search --json --mode vector --limit 20 "${2-layers in spring}" | sed 's/"checked_ms":[0-9]*/"checked_ms":0/'; }
note() { vector "$1" | field 'd["note"]'; }

check "a pass" "$varve" sync --json "$src" >/dev/null 2>&1
mkdir "$top/alone"
cp "$varve" "$build/embed.semb" "$top/alone"
vector "$top/alone/varve" >"$top/own"
same "hits without a plugin to start" "$(field 'len(d["hits"]), d["note"]' <"$top/own")" "(20, '')"
vector "$top/alone/varve" $'l\xffyers \xc3\xa9' >"$top/own-odd"
same "what is no UTF-8 is left to the plugin" "$(field '"be started" in d["note"]' <"$top/own-odd")" True
rm "$top/alone/embed.semb"
same "without a model, the plugin is asked, and missing" "$(note "$top/alone/varve" | grep -c "can't be started")" 1

# a path: that program, whatever it is
printf '#!/bin/sh\ntouch "%s/was-asked"\nexec "%s/embed-static"\n' "$top" "$build" >"$top/plugin.sh"
chmod +x "$top/plugin.sh"
"$varve" model switch "$top/plugin.sh" >/dev/null 2>&1
rm -f "$top/was-asked"
vector "$varve" >"$top/asked"
check "a program is asked" [ -e "$top/was-asked" ]
check "and answers the same" cmp "$top/own" "$top/asked"

cp "$build/default.semb" "$top/given.semb"
check "a model that is named by its file" "$varve" model switch "embed-static $top/given.semb" >"$top/out" 2>&1
same "hits by it" "$(vector "$varve" | field 'len(d["hits"]), d["note"]')" "(20, '')"
cp "$build/embed.semb" "$top/new.semb" && mv "$top/new.semb" "$top/given.semb"
same "another model in its place is said" "$(note "$varve")" \
    "the plugin is another model than the index has: text search only"
echo "no model" >"$top/new.semb" && mv "$top/new.semb" "$top/given.semb"
same "no model in its place is said" "$(note "$varve")" "the embedding plugin does not answer: text search only"
finish
