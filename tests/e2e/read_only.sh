#!/bin/bash
# Somebody who may read a knowledge base, and not write to it, gets the same answers: while nobody
# writes, beside a daemon, and on a read-only mount; never an answer from a file that changes.
. "$(dirname "$0")/../lib.sh"
if [ "$(id -u)" = 0 ]; then
    reader() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
    reader() { "$@"; }
fi
if ! reader "$varve" --version >/dev/null 2>&1; then
    echo "another user can't run $varve: not tested"
    ok
    finish
fi
echo "The first page is about larkspur." >"$src/a.md"
"$varve" init "$src" >/dev/null 2>&1
printf '[learning]\nlog = yes\n' >>"$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>&1
# who may read, and who may write
lend() { chmod a+r "$VARVE_KB"/* && chmod "$([ "$(id -u)" = 0 ] && echo 755 || echo 555)" "$VARVE_KB"; }
take_back() { chmod 755 "$VARVE_KB"; }
found() { reader "$varve" search --json --mode text "+$1" 2>"$top/err" | places; }

chmod 755 "$VARVE_KB" && chmod a+r "$VARVE_KB/varve.conf"
if [ "$(id -u)" = 0 ]; then
    reader "$varve" search larkspur >/dev/null 2>"$top/err"
    same "what may not be read is an error" $? 3
    check "that says what" grep -q "cannot read '.*index.db': Permission denied" "$top/err"
fi
lend
same "a search that may not write" "$(found larkspur)" a.md
same "of vectors, too" "$(reader "$varve" search --json --mode vector larkspur 2>/dev/null | places)" a.md
check "nothing is wrong" reader "$varve" verify --deep --no-files >/dev/null
check "and its status" reader "$varve" status >/dev/null
same "nothing was made" "$(ls "$VARVE_KB" | grep -c -- 'index.db-')" 0

# Nobody begins to write while it reads; it ends soon, and the writer waits that long.
take_back
echo "A second one is about hellebore." >"$src/b.md"
python3 - "$VARVE_KB/lock" <<'PY' &
import fcntl, sys, time
lock = open(sys.argv[1])
fcntl.flock(lock, fcntl.LOCK_SH)

time.sleep(0.7)
PY
sleep 0.2
check "a sync waits for one who reads" "$varve" sync >/dev/null
wait
# One that goes on reading is named.
python3 -c 'import fcntl, sys, time
lock = open(sys.argv[1])
fcntl.flock(lock, fcntl.LOCK_SH)
open(sys.argv[2], "w").close()
time.sleep(600)' "$VARVE_KB/lock" "$top/reading" &
reading=$!
until [ -e "$top/reading" ]; do sleep 0.05; done
"$varve" sync >/dev/null 2>"$top/err"
same "a sync that waits in vain" $? 3
check "says for whom" grep -q "process $reading, which may not write, reads '$VARVE_KB'" "$top/err"
kill "$reading"
wait "$reading" 2>/dev/null
lend
same "and is found by the next" "$(found hellebore)" b.md

# Beside a daemon.
take_back
daemon_start || no "start"
lend
echo "A third one is about quince." >"$src/c.md"
same "the daemon takes it" "$(fresh quince)" c.md
same "a search beside a daemon" "$(found quince)" c.md
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
daemon=
check "it leaves a log" [ -s "$VARVE_KB/index.db-wal" ]
same "which is read" "$(found quince)" c.md
take_back
rm "$VARVE_KB/index.db-shm"
lend
reader "$varve" search quince >/dev/null 2>"$top/err"
same "where it can't be read, there is no answer" $? 3
check "and it is said what to do" grep -q "not left in order.*'varve sync'" "$top/err"
take_back
"$varve" sync >/dev/null 2>&1
lend
same "then there is one" "$(found quince)" c.md

# A file system that nobody may write to, from here.
if [ "$(id -u)" = 0 ] && mkdir "$top/mount" && mount --bind "$VARVE_KB" "$top/mount" 2>/dev/null; then
    trap 'umount -l "$top/mount"; cleanup' EXIT
    mount -o remount,ro,bind "$top/mount"
    same "a read-only mount" "$("$varve" search --kb "$top/mount" --json --mode text +quince 2>/dev/null | places)" c.md
fi
take_back
check "verify finds nothing" verify_clean --deep
finish
