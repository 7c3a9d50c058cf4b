#!/bin/bash
# A disk that gets full and has room again: intake stops and says why, answers go on
# without what was deleted, and the rest comes in when there is room. Needs the right to mount a tmpfs.
. "$(dirname "$0")/../lib.sh"
disk=$top/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=24m tmpfs "$disk" 2>/dev/null; then
    echo "no right to mount: not tested"
    ok
    finish
fi
trap 'umount -l "$disk"; cleanup' EXIT
export VARVE_KB=$disk/kb
# words that do not compress well
python3 - "$src" <<'PY'
import hashlib, sys
for i in range(1, 121):
    with open("%s/%d.md" % (sys.argv[1], i), "w") as out:
        out.write("# Document %d of hollyhock\n" % i)
        for k in range(80):
            name = hashlib.sha512(b"%d %d" % (i, k)).hexdigest()
            out.write("\n%s says %s.\n" % (name[:40], name[40:]))
PY
echo "The first page is about larkspur." >"$src/0.md"
cp "$src/0.md" "$top/0.md"
mkdir "$top/later" && mv "$src"/[1-9]*.md "$top/later"
check "a first pass" "$varve" sync --json "$src" >/dev/null 2>&1
mv "$top"/later/*.md "$src"
"$varve" sync >"$top/out" 2>&1
same "a full disk stops the pass" "$?" 3
check "and it is said" grep -q "^varve: there is no room on the disk of the knowledge base" "$top/out"
check "and why" grep -q "warning: cannot write .*disk is full" "$top/out"
check "answers go on" [ "$("$varve" search --json --mode text larkspur | places)" = 0.md ]
check "the index agrees with itself" verify_clean --deep --no-files
ballast() { stat -c %s "$VARVE_KB/ballast" 2>/dev/null; }
same "the ballast was given up" "$(ballast)" ""
same "status says so" "$(status_field 'd["disk_full"]')" True
check "in words, too" grep -q "^the disk is full" <("$varve" status)

# What takes no room goes on: twice, since nothing was restored in between.
rm "$src/0.md"
same "what is deleted is out of the answers" "$("$varve" search --json --mode text larkspur | places)" ""
"$varve" sync >"$top/out" 2>&1
same "it is still full" "$?" 3
same "and the delete is committed" "$(state | grep -c "^b'0\.md'")" 0
check "the past can be collected" "$varve" gc --all
check "a document can be erased" "$varve" erase "$(ls "$src"/*.md | head -n 1)"
# No number of tries is held against a file.
for _ in 1 2 3; do "$varve" sync >"$top/out" 2>&1; done
same "no file is put aside as one that ends the program" "$(status_field 'd["by_outcome"]["crashed"]')" 0
check "the index agrees with itself" verify_clean --deep --no-files

# A daemon stays, answers, commits what is deleted, and goes on by itself when there is room.
"$varve" run --quiet 2>>"$top/daemon.log" &
daemon=$!
for _ in $(seq 200); do
    [ "$(status_field 'd["daemon"] is not None' 2>/dev/null)" = True ] && break
    sleep 0.05
done
check "a sync is not waited for" grep -q "no room" <("$varve" sync 2>&1)
indexed=$(state | awk '$8 > 0 { print $1 }' | head -n 1)
rm "$src/$(echo "$indexed" | cut -d"'" -f2)"
gone() { [ "$(state | grep -c "^$indexed ")" = 0 ]; }
for _ in $(seq 100); do gone && break; sleep 0.1; done
check "the daemon commits what is deleted" gone
check "the daemon is there" kill -0 "$daemon"
mount -o remount,size=400m "$disk"
left=$(find "$src" -name '*.md' | wc -l)
for _ in $(seq 300); do
    [ "$(state | awk '$8 > 0' | wc -l)" = "$left" ] && break
    sleep 0.1
done
same "with room again, all comes in by itself" "$(state | awk '$8 > 0' | wc -l)" "$left"
check "nothing is left to do" "$varve" sync
same "the ballast is there again" "$(ballast)" 16777216
same "status is well" "$(status_field 'd["disk_full"]')" False
daemon_stop
check "the index agrees with itself" verify_clean --deep

# An older schema is not brought up to date where there may be no room for it: fault-migrate has two
# schemas that are not there yet.
database=$(stat -c %s "$VARVE_KB/index.db")
used=$(df --output=used -B1 "$disk" | tail -n 1)
mount -o "remount,size=$((used + 2 * database))" "$disk"
schema() { python3 -c 'import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute("PRAGMA user_version").fetchone())' "$VARVE_KB/index.db"; }
before=$(schema)
check "there is no migration without room" [ "$("$build/tests/fault-migrate" "$VARVE_KB" >"$top/out" 2>&1; echo $?)" != 0 ]
check "and it is said, with figures" grep -q "takes up to [0-9]* MB on its disk, which has [0-9]* MB; nothing is changed" "$top/out"
same "nothing is changed" "$(schema)" "$before"
check "no copy is begun" [ -z "$(ls "$VARVE_KB" | grep schema)" ]
mount -o "remount,size=$((used + 5 * database))" "$disk"
check "with room there is" "$build/tests/fault-migrate" "$VARVE_KB"
check "and it is the other schema" [ "$(schema)" -gt "$before" ]
finish
