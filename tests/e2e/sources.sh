#!/bin/bash
# Sources come and go with varve.conf, wrong lines of it are named, and another writer is told of.
. "$(dirname "$0")/../lib.sh"
mkdir "$top/one" "$top/two"
echo "The first folder tells of a walrus." >"$top/one/a.txt"
echo "The second folder tells of a heron." >"$top/two/b.txt"

paths_of() { "$varve" search --json --mode text "$1" | field '[h["place"]["file"] for h in d["hits"]]'; }

"$varve" sync "$top/one" "$top/two" >/dev/null
same "both sources are indexed" "$(paths_of 'walrus heron' | tr -d ' ')" "['a.txt','b.txt']"

# the one folder's section is taken out: its documents leave, the other's stay and cost nothing
python3 - "$VARVE_KB/varve.conf" <<'PY'
import sys
text = open(sys.argv[1]).read()
first, second = text.index("[source one]"), text.index("[source two]")
open(sys.argv[1], "w").write(text[:first] + text[second:])
PY
"$varve" sync --json >"$top/sync.json" 2>/dev/null
same "nothing is embedded for it" "$(field 'd["embedded"]' <"$top/sync.json")" 0
same "its documents are gone" "$(paths_of walrus)" "[]"
same "the other's are there" "$(paths_of heron)" "['b.txt']"
same "status does not list it" "$("$varve" status --json | field '[s["path"].rsplit("/")[-1] for s in d["sources"]]')" "['two']"
check "verify finds nothing" "$varve" verify

# it comes back: its vectors are still known
"$varve" sync --json "$top/one" >"$top/sync.json"
same "back, and nothing is embedded again" "$(field '[d["embedded"], d["reused"]]' <"$top/sync.json")" "[0, 1]"

# what is wrong in varve.conf is named with its line
lines=$(wc -l <"$VARVE_KB/varve.conf")
cp "$VARVE_KB/varve.conf" "$top/good.conf"
for bad in 'colour = red' '[search]
stale = perhaps' '[chunk]
target_tokens = many'; do
    { cat "$top/good.conf"; echo "$bad"; } >"$VARVE_KB/varve.conf"
    "$varve" sync >/dev/null 2>"$top/err"
    same "a bad line ends the command" $? 3
    check "and is named: $(cat "$top/err")" grep -qE "varve.conf:$((lines + $(echo "$bad" | wc -l))): " "$top/err"
done
cp "$top/good.conf" "$VARVE_KB/varve.conf"

# no source at all: nothing is done, nothing is lost
: >"$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>"$top/err"
same "no source is wrong usage" $? 2
cp "$top/good.conf" "$VARVE_KB/varve.conf"
same "and all is as it was" "$(paths_of heron)" "['b.txt']"

# two daemons: the second is told who is there
daemon_start
"$varve" run "$top/one" >/dev/null 2>"$top/err"
same "a second daemon is refused" $? 3
check "and told who writes: $(cat "$top/err")" grep -q "$daemon" "$top/err"
daemon_stop
finish
