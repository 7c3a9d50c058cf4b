#!/bin/bash
# Letting go of the past and erasing, with and without the daemon, and by what varve.conf says.
. "$(dirname "$0")/../lib.sh"

mkdir "$src/private"
echo "The secret word is zanthoxylum." >"$src/private/a.txt"
echo "Another secret: xylographer." >"$src/private/b.txt"
echo "Nobody minds this quincunx." >"$src/open.txt"
daemon_start || { no "start"; finish; }
for i in 1 2 3; do
    echo "Nobody minds this quincunx, edition $i." >"$src/open.txt"
    "$varve" sync >/dev/null 2>&1
done
same "du by type" "$("$varve" du --json | field '[t["type"] for t in d["types"]]')" "['text/plain']"
check "du has the scan file" test "$("$varve" du --json | field 'd["scan_bytes"]')" -gt 0
past() { "$varve" du --json | field 'sum(s["past_revisions"] for s in d["sources"])'; }
holds() { grep -l -a -r "$1" "$VARVE_KB" --include='index.db*' --include='scan-*' 2>/dev/null | wc -l; }
same "there is a past" "$(past)" 3

# gc and erase, by the daemon
"$varve" gc --revisions 2 --json >"$top/gc.json" 2>"$top/err"
same "gc beside the daemon" $? 0
same "it says what went" "$(field 'd["revisions"]' <"$top/gc.json")" 2
same "one is left" "$(past)" 1
rm "$src"/private/*
"$varve" sync >/dev/null 2>&1
touch "$VARVE_KB/index.db.schema-2"
"$varve" erase --match '*/private/*' >"$top/report" 2>"$top/err"
same "erase beside the daemon" $? 0
check "two documents" grep -q 'erased 2 documents' "$top/report"
check "the report names the copy that a migration left" grep -q 'index.db.schema-2' "$top/report"
check "the report names the log" grep -q 'log .*emptied' "$top/report"
check "and the backups" grep -q backups "$top/report"
same "the word is gone" "$(holds zanthoxylum)" 0
same "as the stemmer leaves it, too" "$(holds xylograph)" 0
"$varve" erase --match '*/nothing/*' >/dev/null 2>&1
same "nothing matches" $? 0
same "what was not meant is there" "$(fresh quincunx)" "open.txt"
check "verify finds nothing" verify_clean --deep
daemon_stop

# the same without it
"$varve" gc --all >/dev/null 2>&1
same "gc without the daemon" $? 0
same "no past" "$(past)" 0
# A put has its hash from its revision: one that is gone is told without, never with another.
"$varve" feed | python3 -c '
import json, sys
print([change.get("revision") for change in map(json.loads, sys.stdin)
       if change["op"] == "put" and change["file"] == "open.txt"])' >"$top/revisions"
same "the feed says what is known of a revision" "$(cat "$top/revisions")" \
    "[None, None, None, '$(sha256sum "$src/open.txt" | cut -d' ' -f1)']"
"$varve" erase --json "$src/open.txt" >"$top/erase.json" 2>/dev/null
same "erase without the daemon" "$(field 'd["documents"]' <"$top/erase.json")" 1
check "verify finds nothing" verify_clean --deep

# by varve.conf: all but the newest
for i in 1 2 3; do
    echo "Nobody minds this quincunx, edition $i." >"$src/open.txt"
    "$varve" sync >/dev/null 2>&1
done
same "a past again" "$(past)" 2
printf '\n[retain]\nrevisions = 1\n' >>"$VARVE_KB/varve.conf"
daemon_start || no "start"
for _ in $(seq 100); do [ "$(past)" = 0 ] && break; sleep 0.1; done
same "the daemon lets go of it" "$(past)" 0
check "verify finds nothing" verify_clean --deep
daemon_stop

# The feed is cut where varve.conf says so: what is left goes on in order, and who comes too late is told. A sink
# keeps what it has not read; one that varve.conf does not name any more does not.
sed -i '/^\[retain\]/,$d' "$VARVE_KB/varve.conf"
aged() { # all that is there becomes ten days older
    python3 - "$VARVE_KB/index.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE generation SET committed_ms = committed_ms - 864000000")
db.execute("INSERT OR REPLACE INTO consumer VALUES('slow', 2)")
db.commit()
PY
}
sequences() { "$varve" feed "$@" | python3 -c 'import json,sys; print([json.loads(l)["seq"] for l in sys.stdin])'; }
newest=$("$varve" feed --list | field 'd["seq"]')
same "the feed is whole" "$(sequences)" "$(python3 -c "print(list(range(1, $newest + 1)))")"
aged
echo "Nobody minds this quincunx, the last edition." >"$src/open.txt"
"$varve" sync >/dev/null 2>&1
printf '\n[sink slow]\ncommand = /nowhere/sink\n[retain]\nfeed_days = 5\n' >>"$VARVE_KB/varve.conf"
same "gc of the feed" "$("$varve" gc --feed-older-than 5 --json | field 'd["changes"]')" 2
same "what the sink has not read stays" "$(sequences --from 3)" \
    "$(python3 -c "print(list(range(3, $newest + 2)))")"
sed -i '/^\[sink slow\]/,/^command/d' "$VARVE_KB/varve.conf"
daemon_start || no "start"
for _ in $(seq 100); do "$varve" feed --from 3 >/dev/null 2>&1 || break; sleep 0.1; done
same "the daemon cuts it" "$(sequences --from $((newest + 1)))" "[$((newest + 1))]"
"$varve" feed >"$top/out" 2>"$top/err"
same "the first changes are an error, not a gap" "$? $(wc -c <"$top/out")" "3 0"
check "it says where it begins and what to do" \
    grep -q "changes before $((newest + 1)) are not kept any more: begin again with 'varve feed --list'" "$top/err"
check "verify finds nothing" verify_clean --deep
daemon_stop
# A sink that comes late says so; filled with the listing, it goes on.
printf '\n[sink late]\ncommand = sink-jsonl "%s/changes"\n' "$top" >>"$VARVE_KB/varve.conf"
daemon_start || no "start"
for _ in $(seq 100); do "$varve" status | grep -q "sink late: .*not kept" && break; sleep 0.1; done
check "a sink that is late is told of by status" sh -c "'$varve' status | grep -q 'sink late: .*not kept any more'"
daemon_stop
"$varve" feed --list --text --vectors >"$top/changes"
echo "Nobody minds this quincunx, not at all." >"$src/open.txt"
daemon_start || no "start"
for _ in $(seq 100); do [ "$(tail -n 1 "$top/changes" | field 'd["seq"]')" -gt $((newest + 1)) ] && break; sleep 0.1; done
same "filled with the listing, it goes on" "$(tail -n 1 "$top/changes" | field 'd["seq"]')" $((newest + 2))
daemon_stop

# A block of texts that can't be read: its bytes stay with gc, which says so, and go with erase. What is
# in the same block and lives is read again from its file.
sed -i '/^\[retain\]/,$d' "$VARVE_KB/varve.conf"
echo "Once more: zanthoxylum." >"$src/private/a.txt"
"$varve" sync >/dev/null 2>&1
rm "$src/private/a.txt"
"$varve" sync >/dev/null 2>&1
python3 - "$VARVE_KB/index.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE text SET data = CAST('a block with zanthoxylum in it' AS BLOB)")
db.commit()
PY
cp -a "$VARVE_KB" "$top/kb-damaged"
"$varve" gc --all >"$top/out" 2>&1
same "gc of a damaged block is not all right" $? 1
check "it says why" grep -q "1 blocks of texts are damaged, and keep" "$top/out"
check "they do" [ "$(holds zanthoxylum)" -gt 0 ]
rm -r "$VARVE_KB" && mv "$top/kb-damaged" "$VARVE_KB"
"$varve" erase "$src/private/a.txt" "$src/open.txt" >"$top/out" 2>&1
same "nor is erase" $? 1
same "the bytes are gone" "$(holds zanthoxylum)" 0
check "it says what went with them" grep -q "1 blocks of texts could not be read and went whole" "$top/out"
check "what lives can't be erased before it is mended" grep -q "NOT ERASED   1 of what was named: .*damaged" "$top/out"
"$varve" verify --repair >/dev/null 2>&1
same "then it is mended" $? 0
check "and erased" "$varve" erase "$src/open.txt" >/dev/null
"$varve" sync >/dev/null 2>&1
same "and read again, for it is there" "$("$varve" search --json --mode text +quincunx | places)" open.txt
check "verify finds nothing" verify_clean --deep
finish
