#!/bin/bash
# A backup beside the daemon, again into the same folder, and back.
. "$(dirname "$0")/../lib.sh"

echo "The first edition speaks of kumquats." >"$src/a.txt"
daemon_start || { no "start"; finish; }
check "backup beside the daemon" "$varve" backup "$top/backup"
check "with its settings" cmp -s "$VARVE_KB/varve.conf" "$top/backup/varve.conf"
daemon_stop
sleep 2.2
"$varve" backup "$top/backup" >/dev/null 2>&1 # the daemon's end may have written
check "a second one of the same" grep -q 'up to date' <("$varve" backup "$top/backup")
same "a backup is for its owner" "$(stat -c %a "$top/backup"/* | sort -u)" 600
same "the backup can be searched" "$("$varve" search --kb "$top/backup" --json --mode text +kumquats 2>/dev/null | field 'len(d["hits"])')" 1

echo "The second edition speaks of rambutans." >"$src/a.txt"
daemon_start || no "start"
: >"$top/backup/lock"
flock -s "$top/backup/lock" "$varve" backup "$top/backup" >/dev/null 2>"$top/err"
same "no backup over one that is read as it lies" "$? $(grep -c 'reads .*/backup' "$top/err")" "3 1"
rm "$top/backup/lock"
"$varve" restore --force "$top/backup" >/dev/null 2>&1
same "no restore beside the daemon" $? 3
daemon_stop
"$varve" restore "$top/backup" >/dev/null 2>"$top/err"
same "no restore over what is there" $? 3
check "it says how" grep -q -- --force "$top/err"
"$varve" restore "$top/no-backup" >/dev/null 2>"$top/err"
same "a backup that is not there is told first" "$? $(grep -c 'no-backup' "$top/err") $(grep -c -- --force "$top/err")" "3 1 0"
cp -r "$top/backup" "$top/newer"
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version = 99")' "$top/newer/index.db"
"$varve" restore "$top/newer" >/dev/null 2>"$top/err"
same "nor is --force the advice for one of a newer varve" "$? $(grep -c newer "$top/err") $(grep -c -- --force "$top/err")" "3 1 0"
check "restore" "$varve" restore --force "$top/backup"
check "the old one is aside" test -f "$(echo "$VARVE_KB"/aside-*/index.db)"
check "verify of the index finds nothing" verify_clean --deep --no-files
same "the old text" "$("$varve" search --json --mode text --stale flag +kumquats 2>/dev/null | field 'len(d["hits"])')" 1
"$varve" sync >/dev/null 2>&1
same "what changed since is read" "$("$varve" search --json --mode text +rambutans 2>/dev/null | field 'len(d["hits"])')" 1
check "verify finds nothing" verify_clean --deep
check "restore where there is nothing" "$varve" restore --kb "$top/elsewhere" "$top/backup"
"$varve" restore --kb "$top/third" "$src" >/dev/null 2>&1
same "what is no backup" $? 3
check "leaves nothing" test ! -e "$top/third/index.db"
finish
