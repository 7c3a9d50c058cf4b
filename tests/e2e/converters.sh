#!/bin/bash
# Converters: what a rule of varve.conf has other programs read, and what such a program may not do.
. "$(dirname "$0")/../lib.sh"

tools=$top/tools
secret=$top/secret.txt
mkdir "$tools"
echo "nobody may read this" >"$secret"
chmod 755 "$tools"
# rule NAME TYPES COMMAND [LINE...]: a section of varve.conf
rule() {
    printf '\n[converter %s]\ntypes = %s\ncommand = %s\n' "$1" "$2" "$3"
    shift 3
    [ $# -eq 0 ] || printf '%s\n' "$@"
}
# tool NAME < SCRIPT
tool() {
    { echo '#!/bin/bash'; cat; } >"$tools/$1"
    chmod 755 "$tools/$1"
}
conf=$top/varve.conf
# extracted NAME COMMAND [LINE...]: what a file with that ending gives by that rule
extracted() {
    local name=$1 command=$2
    shift 2
    { echo; rule "$name" "*.$name" "$command" "$@"; } >"$conf"
    echo "a document about a quince" >"$top/a.$name"
    timeout 100 "$varve" extract --format text --config "$conf" "$top/a.$name" 2>&1
}
# What is killed takes a moment to go.
gone() {
    for _ in $(seq 100); do
        pgrep -f "$1" >/dev/null || return 0
        sleep 0.05
    done
    return 1
}
has() {
    case $2 in *"$3"*) ok ;; *) no "$1: '$2' has no '$3'" ;; esac
}

same "standard input to standard output" "$(extracted up 'tr a-z A-Z')" "A DOCUMENT ABOUT A QUINCE"
same "a named input" "$(extracted sed "sed 's/quince/medlar/' {in}")" "a document about a medlar"
tool html <<'SH'
echo "<html><body><h1>Fruit</h1><p>$(tr a-z A-Z <"$1")</p></body></html>" >"$2"
SH
same "a named output, read as what it is" "$(extracted html "$tools/html {in} {out}" |
    tr '\n' ' ')" "Fruit  A DOCUMENT ABOUT A QUINCE "
tool folder <<'SH'
echo small >"$2/a.txt"
cp "$1" "$2/b.txt"
SH
same "the largest file of a folder" "$(extracted folder "$tools/folder {in} {outdir}")" \
    "a document about a quince"
same "an output of a declared type" "$(extracted declared "echo 'plain <b>bold</b>'" \
    "output = text/html")" "plain bold"
has "the file keeps its ending" "$(extracted ending "basename {in}")" "in.ending"

has "a program that is not there" "$(extracted gone 'varve-no-such-program {in}')" \
    "needs the program 'varve-no-such-program', which is not installed"
has "one that fails says why" "$(extracted fails "sh -c 'echo no such quince >&2; exit 3'")" \
    "ended with status 3: no such quince"
has "one that is killed" "$(extracted killed "sh -c 'kill -9 \$\$'")" "died of signal 9"
has "one that writes nothing" "$(extracted nothing true)" "wrote nothing"
started=$(date +%s)
has "one that does not end" "$(extracted sleeps "sh -c 'sleep 7654 & sleep 7654'" 'seconds = 1')" \
    "took more than 1 s and was killed"
at_most "it ended in time" $(($(date +%s) - started)) 20
check "what it had started is gone" gone '^sleep 7654'
tool forks <<'SH'
f() { f | f & }
f
sleep 30
SH
has "one that forks for ever" "$(extracted forks "$tools/forks" 'seconds = 2')" "converter 'forks'"
check "all that it forked is gone" gone 'tools/[f]orks'
has "one that writes without end" "$(extracted zeros 'head -c 1G /dev/zero' 'output_mb = 8')" \
    "wrote more than 8 MB"
tool many <<'SH'
for i in $(seq 100); do head -c 4M /dev/zero >"file$i"; done
sleep 20
SH
has "one that writes many files" "$(extracted many "$tools/many" 'output_mb = 8')" \
    "wrote more than"
has "one that takes memory" \
    "$(extracted memory "python3 -c 'len(bytearray(1000000000))'" 'memory_mb = 200')" \
    "the converter 'memory'"

# What it may not do. Without Landlock a converter is not run at all, unless the sandbox is reduced.
spy=$(extracted spy "cat $secret")
case $spy in
*"no Landlock"*)
    echo "skipped: this kernel has no Landlock, so no converter reads files of the user's"
    ;;
*)
    has "it reads no file of the user's" "$spy" "ended with status 1"
    tool write <<SH
echo owned >"$top/owned"
SH
    extracted write "$tools/write" >/dev/null
    check "it writes nothing outside" [ ! -e "$top/owned" ]
    ;;
esac
python3 - "$top/port" <<'PY' &
import os, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen()
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
s.accept()
PY
server=$!
for _ in $(seq 100); do [ -e "$top/port" ] && break; sleep 0.05; done
tool connect <<SH
exec 3<>/dev/tcp/127.0.0.1/$(cat "$top/port") && echo connected
SH
has "it has no network" "$(extracted connect "$tools/connect")" "not permitted"
kill $server 2>/dev/null
wait $server 2>/dev/null
export VARVE_TEST_SECRET=quince
same "it gets no environment" "$(extracted env 'env' | grep -c VARVE)" 0
left() { find "$top/tmp" -mindepth 1 -maxdepth 1 | wc -l; }
# What cleans up may still be at it when the answer is there.
empties() {
    for _ in $(seq 100); do [ "$(left)" -eq 0 ] && break; sleep 0.05; done
    left
}
mkdir -p "$top/tmp"
TMPDIR=$top/tmp extracted many "$tools/many" 'output_mb = 8' >/dev/null
same "it leaves nothing in the temporary folder" "$(empties)" 0

# Whoever is killed, nothing goes on and nothing is left.
{ echo; rule slow '*.slow' 'sleep 7655'; } >"$conf"
echo x >"$top/a.slow"
# kill_in WHO: runs a converter that sleeps, and kills WHO of the processes around it
kill_in() {
    local run worker broker
    TMPDIR=$top/tmp "$varve" extract --config "$conf" "$top/a.slow" >"$top/killed" 2>&1 &
    run=$!
    for _ in $(seq 200); do pgrep -f '^sleep 7655' >/dev/null && break; sleep 0.05; done
    worker=$(pgrep -P $run)
    broker=$(pgrep -P "$worker")
    kill -9 "${!1}"
    wait $run 2>/dev/null
}
kill_in worker
has "a killed worker is said" "$(cat "$top/killed")" "crashed: the worker died of signal 9"
check "its converter is gone" gone '^sleep 7655'
same "its folder is gone" "$(empties)" 0
kill_in broker
has "a killed broker is said" "$(cat "$top/killed")" "crashed"
check "its converter is gone, too" gone '^sleep 7655'
same "it left its folder" "$(left)" 1
{ echo; rule fast '*.slow' cat; } >"$conf"
TMPDIR=$top/tmp "$varve" extract --config "$conf" "$top/a.slow" >/dev/null 2>&1
same "the next one swept it" "$(empties)" 0

# Wrong settings say what to do.
bad() {
    printf '%s\n' "$2" >"$conf"
    has "$1" "$("$varve" extract --config "$conf" "$top/a.up" 2>&1)" "$3"
}
bad "no types" "$(printf '[converter x]\ncommand = cat')" "needs types"
bad "no command" "$(printf '[converter x]\ntypes = *.x')" "needs a command"
bad "an unknown key" "$(printf '[converter x]\ntypes = *.x\nspeed = 3')" ":3: there is no key 'speed'"
bad "a wrong number" "$(printf '[converter x]\nseconds = soon')" ":2: seconds takes a whole number"

# In a knowledge base: members too, what was made is kept by content, erase empties it.
mkdir -p "$VARVE_KB"
tool count <<'SH'
tr a-z A-Z
SH
{ printf '[source a]\npath = %s\n' "$src"; rule count '*.up' "$tools/count"; } >"$VARVE_KB/varve.conf"
echo "about a quince" >"$src/a.up"
mkdir "$top/in" && echo "about a medlar" >"$top/in/b.up"
(cd "$top/in" && zip -q "$src/c.zip" b.up)
"$varve" sync >/dev/null 2>&1
same "a document by a converter" "$("$varve" show "$src/a.up" | grep -c QUINCE)" 1
same "a member by a converter" "$("$varve" show "$src/c.zip!/b.up" | grep -c MEDLAR)" 1
has "why names the converter" "$("$varve" why "$src/a.up")" "converter count"
same "results are kept" "$(find "$VARVE_KB/cache" -type f | wc -l)" 2
check "du counts them" [ "$("$varve" du --json | field 'd["cache_bytes"]')" -gt 0 ]
check "verify agrees" verify_clean
# A result by its content: put another one in its place, and a copy of the file has that.
for file in "$VARVE_KB"/cache/*; do echo "from the cache: a sapodilla" >"$file"; done
cp "$src/a.up" "$src/d.up"
"$varve" sync >/dev/null 2>&1
same "the same bytes are not converted again" "$("$varve" show "$src/d.up" | grep -c sapodilla)" 1
# Another rule makes the documents due again.
sed -i 's/^command = .*/command = rev/' "$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>&1
same "a changed rule reads again" "$("$varve" show "$src/a.up" | grep -c ecniuq)" 1
rm "$src/a.up" "$src/d.up"
"$varve" sync >/dev/null 2>&1
"$varve" erase "$src/a.up" "$src/d.up" >/dev/null 2>&1
same "erase empties the cache" "$(find "$VARVE_KB/cache" -type f | wc -l)" 0
check "verify agrees at the end" verify_clean

# The same as an unprivileged user, who has other walls to build with.
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
    again=$top/again
    mkdir -p "$again/tests/e2e" && chmod 755 "$again" "$again/tests" "$again/tests/e2e"
    find "$build" -maxdepth 1 -type f -perm -u+x -exec cp -t "$again" {} +
    cp -L "$build"/*.semb "$again/"
    cp "$(dirname "$0")/../lib.sh" "$again/tests/"
    cp "$0" "$again/tests/e2e/"
    answer=$(TMPDIR=/tmp HOME=/nonexistent setpriv --reuid=65534 --regid=65534 --clear-groups \
        bash "$again/tests/e2e/$(basename "$0")" "$again" 2>&1)
    check "as nobody: $answer" grep -qE '^[0-9]+ passed, 0 failed' <<<"$answer"
fi
finish
