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

# the knowledge base is named before the command or behind it
same "--kb before the command" "$(VARVE_KB='' "$varve" --kb "$VARVE_KB" status | head -1)" "$("$varve" status --kb "$VARVE_KB" | head -1)"
"$varve" --kb= status >/dev/null 2>&1
same "and with no folder" $? 2

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

# beside a daemon: a folder that a sync names is taken, one that varve.conf loses leaves
VARVE_KB=$top/kb2
mkdir "$top/three"
echo "The third folder tells of an otter." >"$top/three/c.txt"
chmod 755 "$top/three"
"$varve" sync "$top/one" >/dev/null
chmod 640 "$VARVE_KB/varve.conf"
"$varve" run --quiet </dev/null 2>>"$top/daemon.log" &
daemon=$!
for _ in $(seq 200); do
    [ "$(status_field 'd["daemon"] is not None' 2>/dev/null)" = True ] && break
    sleep 0.05
done
check "a sync beside it takes another folder" "$varve" sync "$top/three" >/dev/null
same "it is indexed" "$(paths_of otter)" "['c.txt']"
same "the settings keep their rights" "$(stat -c %a "$VARVE_KB/varve.conf")" 640
echo "And of a second otter." >"$top/three/d.txt"
same "and watched" "$(fresh second)" d.txt
# a file whose name is not UTF-8 is looked at again when a search finds it changed
name=$(printf '\xe9t\xe9.txt')
echo "Summer is for swallows." >"$top/three/$name"
same "a name in another encoding" "$(fresh swallows | wc -l)" 1
for _ in $(seq 100); do
    [ "$(status_field 'd["daemon"]["idle"]')" = True ] && break
    sleep 0.05
done
python3 - "$VARVE_KB/varve.conf" <<'PY'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(text[text.index("[source three]"):])
PY
for _ in $(seq 100); do
    [ "$(paths_of walrus)" = "[]" ] && break
    sleep 0.1
done
same "the settings as they are now take the other one out" "$(paths_of walrus)" "[]"
check "the daemon is there" kill -0 "$daemon"
echo "A second walrus." >"$top/one/e.txt"
same "and what comes there is not taken" "$(fresh walrus)" ""
check "it comes back" "$varve" sync "$top/one" >/dev/null
same "with all that is there" "$(paths_of walrus | tr -d ' ')" "['e.txt','a.txt']"
# what it can't take while it runs is named; a source that is not there yet is tried again
cp "$VARVE_KB/varve.conf" "$top/good.conf"
printf '[chunk]\ntarget_tokens = 200\n[source late]\npath = %s\n' "$top/late" >>"$VARVE_KB/varve.conf"
kill -HUP "$daemon"
for _ in $(seq 100); do
    [ "$(status_field 'd["daemon"]["restart_for"]')" = "[chunk] target_tokens" ] && break
    sleep 0.05
done
same "status says what waits for a start" "$(status_field 'd["daemon"]["restart_for"]')" "[chunk] target_tokens"
check "so does the log" grep -q "from the next start: \[chunk\] target_tokens" "$top/daemon.log"
check "in words, too" grep -q "varve.conf: counts from the next start: \[chunk\]" <("$varve" status)
check "a source that is not watched is said" grep -q "late: not watched" <("$varve" status)
check "a sync says so" grep -q "not watched" <("$varve" sync 2>&1)
kill -HUP "$daemon" # once more: it is not taken for one that is watched
check "and again" grep -q "not watched" <("$varve" sync 2>&1)
mkdir "$top/late"
echo "A late heron." >"$top/late/g.txt"
for _ in $(seq 300); do
    [ "$(paths_of heron)" = "['g.txt']" ] && break
    sleep 0.1
done
same "it is watched once it is there" "$(paths_of heron)" "['g.txt']"
echo "A later heron." >"$top/late/h.txt"
same "for good" "$(fresh later)" h.txt
cp "$top/good.conf" "$VARVE_KB/varve.conf"
kill -HUP "$daemon"
# a source that says how its files are cut is taken so; what it says later waits for a start
mkdir "$top/five"
echo "A fifth heron, and a bittern." >"$top/five/i.txt"
cp "$VARVE_KB/varve.conf" "$top/good.conf"
printf '[source five]\npath = %s\ntarget_tokens = 100\n' "$top/five" >>"$VARVE_KB/varve.conf"
kill -HUP "$daemon"
for _ in $(seq 100); do
    [ "$(paths_of bittern)" = "['i.txt']" ] && break
    sleep 0.1
done
same "a source with its own chunking" "$(paths_of bittern)" "['i.txt']"
same "waits for nothing" "$(status_field 'd["daemon"]["restart_for"]')" ""
sed -i 's/^target_tokens = 100$/target_tokens = 120/' "$VARVE_KB/varve.conf"
kill -HUP "$daemon"
for _ in $(seq 100); do
    [ "$(status_field 'd["daemon"]["restart_for"]')" != "" ] && break
    sleep 0.05
done
same "until that changes" "$(status_field 'd["daemon"]["restart_for"]')" "[source five]"
cp "$top/good.conf" "$VARVE_KB/varve.conf"
kill -HUP "$daemon"
# settings that are refused change nothing: neither the source that they lack nor the one that is wrong
mkdir "$top/four"
cp "$VARVE_KB/varve.conf" "$top/good.conf"
printf '[source three]\npath = %s\n[source four]\npath = %s\ntarget_tokens = 100\noverlap_tokens = 200\n' \
    "$top/three" "$top/four" >"$VARVE_KB/varve.conf"
kill -HUP "$daemon"
for _ in $(seq 100); do
    grep -q 'overlap_tokens (200)' "$top/daemon.log" && break
    sleep 0.05
done
check "wrong settings are said" grep -q 'overlap_tokens (200)' "$top/daemon.log"
echo "A fourth walrus." >"$top/one/f.txt"
cp "$top/good.conf" "$VARVE_KB/varve.conf"
same "and change nothing" "$(fresh fourth)" f.txt
printf '[source four]\npath = %s\ntarget_tokens = 100\noverlap_tokens = 200\n' "$top/four" >>"$VARVE_KB/varve.conf"
"$varve" sync "$top/four" >/dev/null 2>&1
same "they are refused again" $? 3
cp "$top/good.conf" "$VARVE_KB/varve.conf"
daemon_stop
check "verify finds nothing" verify_clean --deep

# a command that varve.conf could not give back is refused
for bad in "embed-static ;x" "embed-static$(printf '\t');x"; do
    "$varve" model switch "$bad" >/dev/null 2>"$top/err"
    same "a comment in a command" $? 3
done

# more places left out than are listed are counted
mkdir "$top/many"
for i in $(seq 70); do echo "Number $i of the herons." >"$top/many/$i.txt"; done
VARVE_KB=$top/kb3 "$varve" sync "$top/many" >/dev/null
for i in $(seq 70); do echo "Changed." >"$top/many/$i.txt"; done
same "as many as are listed, and the rest" \
    "$(VARVE_KB=$top/kb3 "$varve" search --json --mode text --limit 50 herons | field '[len(d["left_out"]), d["more_left_out"]]')" "[64, 6]"
finish
