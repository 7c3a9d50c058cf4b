#!/bin/bash
# What is no document: each is one line in status and an answer in why, and stops nothing else. Runs as
# an unprivileged user, since permissions do not bind root.
if [ "$(id -u)" -eq 0 ] && [ -z "${VARVE_TEST_AGAIN:-}" ]; then
    if ! setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
        echo "skipped: cannot become another user"
        echo "1 passed, 0 failed"
        exit 0
    fi
    # the programs, where that user can run them
    build=$(realpath "${1:-${VARVE_BUILD:-build/release}}")
    copy=$(mktemp -d "${TMPDIR:-/tmp}/varve-test-build-XXXXXX")
    trap 'rm -rf "$copy"' EXIT
    chmod 755 "$copy"
    mkdir "$copy/tests" "$copy/tests/e2e"
    find "$build" -maxdepth 1 -type f -perm -u+x -exec cp -t "$copy" {} +
    cp -L "$build"/*.semb "$copy/" 2>/dev/null
    here=$(cd "$(dirname "$0")" && pwd)
    cp "$here/../lib.sh" "$copy/tests/"
    cp "$0" "$copy/tests/e2e/"
    mkdir -m 777 "$copy/tmp" # $TMPDIR may be closed to that user
    VARVE_TEST_AGAIN=1 HOME=/nonexistent TMPDIR=$copy/tmp setpriv --reuid=65534 --regid=65534 --clear-groups \
        bash "$copy/tests/e2e/$(basename "$0")" "$copy"
    exit $?
fi
. "$(dirname "$0")/../lib.sh"

echo "An ordinary document about a quince." >"$src/good.txt"
mkfifo "$src/fifo"
python3 - "$src/socket" <<'PY'
import os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
socket.socket(socket.AF_UNIX).bind(os.path.basename(sys.argv[1]))
PY
ln -s loop "$src/loop"
ln -s nowhere "$src/dangling"
ln -s /etc "$src/outside"
ln -s good.txt "$src/inside"
mkdir "$src/up" && ln -s .. "$src/up/up"
truncate -s 2G "$src/large.txt"
: >"$src/empty.txt"
head -c 40000 /dev/urandom >"$src/noise.bin"
printf '%%PDF-1.7\n%%broken' >"$src/broken.pdf"
printf 'PK\003\004broken' >"$src/broken.zip"
bytes=$(printf 'not\377utf8\nline\033[31m.txt')
echo "A strange name, and a medlar." >"$src/$bytes"
mkdir "$src/locked" && echo "Unreachable sapodilla." >"$src/locked/a.txt"
echo "A forbidden ackee." >"$src/forbidden.txt"
chmod 000 "$src/locked" "$src/forbidden.txt"

daemon_start || { no "start"; finish; }
"$varve" sync --json >"$top/sync.json" 2>/dev/null
same "exit status of sync says that some failed" $? 1
same "the rest is indexed" "$(fresh quince)" "good.txt"
check "a name that is not UTF-8 is indexed" "$varve" search --mode text +medlar >/dev/null
"$varve" status >"$top/status.txt"
same "status has no control characters" "$(tr -d '\n\t\40-\176\200-\377' <"$top/status.txt" | wc -c)" 0
# listed NAME: one line in status, and a reason in why
listed() {
    local lines
    lines=$(grep -cE "(/|^| )$1( |:|$)" "$top/status.txt")
    same "$1 is one line in status" "$lines" 1
    "$varve" why --json "$src/$1" >"$top/why.json" 2>/dev/null
    check "$1 has a reason" [ -n "$(field 'd["reason"]' <"$top/why.json" 2>/dev/null)" ]
}
listed fifo
listed socket
listed loop
listed dangling
listed outside
listed large.txt
listed locked
listed forbidden.txt
listed broken.pdf
listed broken.zip
same "a link to what is there anyway is no line" "$(grep -cE '/inside( |:|$)' "$top/status.txt")" 0
same "an empty file is no failure" "$(grep -cE '/empty.txt( |:|$)' "$top/status.txt")" 0
check "the FIFO is called one" grep -q FIFO <("$varve" why "$src/fifo")
check "the large one is over the limit" grep -qi "over limit" <("$varve" why "$src/large.txt")
check "verify finds nothing" verify_clean

# permission comes, and goes
chmod 755 "$src/locked"
chmod 644 "$src/forbidden.txt"
same "readable now" "$(fresh ackee)" "forbidden.txt"
same "a folder too" "$(fresh sapodilla)" "locked/a.txt"
"$varve" status >"$top/status.txt"
same "no longer listed" "$(grep -cE '/(locked|forbidden.txt)( |:|$)' "$top/status.txt")" 0
chmod 000 "$src/locked"
same "what can't be looked at is not shown" "$(fresh sapodilla)" ""
chmod 755 "$src/locked"
same "and not forgotten" "$(fresh sapodilla)" "locked/a.txt"
rm "$src/fifo" "$src/loop" "$src/large.txt"
"$varve" sync --json >/dev/null 2>&1
"$varve" status >"$top/status.txt"
same "gone from status with the file" "$(grep -cE '/(fifo|loop|large.txt)( |:|$)' "$top/status.txt")" 0
daemon_stop

# the knowledge base inside a source
"$varve" sync --kb "$src/kb" "$src" >"$top/inside.txt" 2>&1
check "a knowledge base inside a source is refused" [ $? -ge 2 ]
check "and it is said what to do" grep -q -- --kb "$top/inside.txt"
rm -rf "$src/kb"

# the plugin: missing, rubbish, dying; text search goes on
plugin() {
    printf '[source s]\npath = %s\n[embed]\nplugin = %s\nstart_seconds = 5\n' "$src" "$1" >"$VARVE_KB/varve.conf"
}
printf '#!/bin/sh\necho rubbish; sleep 100\n' >"$top/rubbish"
printf '#!/bin/sh\nexit 7\n' >"$top/dies"
chmod +x "$top/rubbish" "$top/dies"
for bad in "$top/no-such-plugin" "$top/rubbish" "$top/dies"; do
    name=${bad##*/}
    rm -rf "$VARVE_KB" && mkdir "$VARVE_KB" && plugin "$bad"
    timeout 60 "$varve" sync --json >"$top/sync.json" 2>"$top/sync.err"
    code=$?
    check "$name: sync ends and says so" [ $code -eq 1 ]
    check "$name: the trouble has a name" [ -n "$(field 'd["plugin_trouble"]' <"$top/sync.json" 2>/dev/null)" ]
    check "$name: text search goes on" "$varve" search --mode text +quince >/dev/null
done
plugin embed-static
"$varve" sync --json >"$top/sync.json" 2>/dev/null
same "with a plugin the vectors come" "$(field 'd["waiting_segments"]' <"$top/sync.json")" 0
check "verify at the end" verify_clean --deep
finish
