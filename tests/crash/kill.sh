#!/bin/bash
# kill -9 of the daemon, a worker or the plugin, at random moments of an ingest: afterwards verify finds
# nothing, the end is that of an undisturbed run, and nothing committed is embedded again.
# KILLS=N and SEED=N choose how often and where; FULL=1 is 200 times.
# A kill does not reorder what was not synced, as a power cut can.
. "$(dirname "$0")/../lib.sh"
kills=${KILLS:-${FULL:+200}}
kills=${kills:-30}
RANDOM=${SEED:-7}

# Documents of several kinds, some long, some in an archive.
words=(amber basil cedar dahlia elder fennel garnet hazel indigo juniper kelp laurel mallow nettle)
write_documents() { # FROM TO ROUND
    local i k
    for ((i = $1; i < $2; i++)); do
        {
            printf '# Document %d of round %d\n' "$i" "$3"
            for ((k = 0; k < 12 + i % 20; k++)); do
                printf '\n## Part %d\n\n' "$k"
                printf 'Part %d of document %d in round %d is about %s and about %s. ' $k "$i" "$3" \
                    "${words[$(((i + k) % 14))]}" "${words[$(((i * 3 + k * 5) % 14))]}"
                printf 'It says that %d and %d make %d, and that %s grows well.\n' "$i" $k $((i + k)) \
                    "${words[$(((i * 7 + k) % 14))]}"
            done
        } >"$src/d$((i % 10))/$i.md"
    done
}
mkdir "$src"/d{0..9}
write_documents 0 120 0
mkdir "$top/pack" && for i in $(seq 40); do echo "Packed number $i is about ${words[$((i % 14))]}." >"$top/pack/$i.txt"; done
(cd "$top" && tar -czf "$src/pack.tar.gz" pack)
cp -R "$src" "$top/first"

# The plugin, with every request noted: what was asked for, and by which life of the daemon. Plugins get
# no environment of ours, so the paths are written into it.
requests=$top/requests
: >"$requests"
cat >"$top/note.py" <<'PY'
import sys
log = open(sys.argv[1], "ab", 0)
for line in sys.stdin.buffer:
    log.write(line)
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
PY
cat >"$top/plugin" <<PLUGIN
#!/bin/bash
exec '$build/embed-static' < <(exec '$(command -v python3)' -u '$top/note.py' '$requests')
PLUGIN
chmod +x "$top/plugin"
configure() {
    mkdir -p "$VARVE_KB"
    printf '[source s]\npath = %s\n[embed]\nplugin = %s\n' "$src" "$top/plugin" >"$VARVE_KB/varve.conf"
}
configure

# the secret that keys are made with, then inputs with a vector (the low 40 bits of its id), as their
# keys
vectors() {
    python3 - "$VARVE_KB/index.db" <<'PY'
import sqlite3, sys
try:
    db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True, timeout=10)
    print(db.execute("SELECT hex(secret) FROM state").fetchone()[0])
    for r in db.execute("SELECT key FROM input JOIN vector ON vector_id & 0xFFFFFFFFFF = input_id"):
        print(r[0].to_bytes(4, "little", signed=True).hex().upper())
except sqlite3.OperationalError:
    pass
PY
}
# Were texts asked for, from byte $2 of the requests on, that had a vector in the list $1?
embedded_again() {
    python3 - "$1" "$requests" "$2" <<'PY'
import hashlib, json, sys
lines = open(sys.argv[1]).read().split()
secret, had = bytes.fromhex(lines[0] if lines else ""), set(lines[1:])
log = open(sys.argv[2], "rb")
log.seek(int(sys.argv[3]))
again = 0
for line in log:
    try:
        request = json.loads(line)
    except ValueError:
        continue # cut off by a kill
    if request.get("kind", "passage") == "passage":
        for text in request.get("texts", []):
            start = hashlib.sha256(text.encode()).digest()[:16]
            again += hashlib.sha256(secret + start).hexdigest()[:8].upper() in had
print(again)
PY
}
begin() {
    "$varve" run --quiet >>"$top/daemon.log" 2>&1 &
    daemon=$!
    wait_for_socket=0
}
children_of() { # PID NAME
    ps -o pid=,comm= --ppid "$1" 2>/dev/null | awk -v n="$2" '$2 ~ n { print $1 }'
}

declare -A killed=([daemon]=0 [worker]=0 [plugin]=0)
again=0 dirty=0 round=0
begin
life_start=$(stat -c %s "$requests")
: >"$top/had"
for ((k = 0; k < kills; k++)); do
    # work to be disturbed
    if ((k % 3 == 0)); then
        round=$((round + 1))
        write_documents $((RANDOM % 60)) $((60 + RANDOM % 60)) $((RANDOM % 4))
    fi
    sleep "0.$(printf '%03d' $((RANDOM % 400)))"
    case $((RANDOM % 4)) in
    0 | 1) what=daemon ;;
    2) what=worker ;;
    3) what=plugin ;;
    esac
    case $what in
    worker) victim=$(children_of "$daemon" varve-extract | shuf -n 1 --random-source=<(yes $RANDOM)) ;;
    plugin) victim=$(children_of "$daemon" 'plugin|embed-static' | head -n 1) ;;
    daemon) victim=$daemon ;;
    esac
    [ -n "$victim" ] || { what=daemon victim=$daemon; }
    kill -9 "$victim" 2>/dev/null && killed[$what]=$((killed[$what] + 1))
    if [ "$what" = daemon ]; then
        wait "$daemon" 2>/dev/null
        again=$((again + $(embedded_again "$top/had" "$life_start")))
        vectors >"$top/had"
        life_start=$(stat -c %s "$requests")
        # a look in between, on what the kill left
        if ((k % 5 == 0)); then "$varve" verify --no-files >"$top/verify" 2>&1 || {
            [ -s "$VARVE_KB/index.db" ] && dirty=$((dirty + 1)) && cat "$top/verify"
        }; fi
        begin
    fi
done
# the same end for both: the documents as they were at first, and one round more
find "$src" -mindepth 1 -delete
cp -R "$top/first/." "$src"
write_documents 30 50 9
for _ in $(seq 300); do
    "$varve" sync --json >"$top/sync.json" 2>/dev/null
    case $? in 0 | 1) break ;; esac
    sleep 0.1
done
# a plugin that was killed often is started again later and later, up to a minute
for _ in $(seq 900); do
    [ "$(status_field 'd["waiting_segments"]' 2>/dev/null)" = 0 ] && break
    sleep 0.1
done
again=$((again + $(embedded_again "$top/had" "$life_start")))
same "verify after kills" "$dirty" 0
check "verify at the end" verify_clean --deep
same "nothing committed was embedded again" "$again" 0
same "nothing waits, nothing is begun" "$(status_field '[d["waiting_segments"], d["attempting"], d["held"]]')" "[0, 0, 0]"
# and this way of asking would have seen it
vectors >"$top/had"
check "requests and vectors can be told to be the same" [ "$(embedded_again "$top/had" 0)" -gt 500 ]
daemon_stop
state >"$top/state.killed"
echo "killed: ${killed[daemon]} times the daemon, ${killed[worker]} a worker, ${killed[plugin]} the plugin"
check "the daemon was killed" [ "${killed[daemon]}" -gt 0 ]

# the undisturbed run
rm -rf "$VARVE_KB"
configure
"$varve" sync --json >"$top/sync.json" 2>/dev/null
state >"$top/state.undisturbed"
check "the same documents as undisturbed" diff "$top/state.killed" "$top/state.undisturbed"
check "all of them" [ "$(wc -l <"$top/state.killed")" -ge 161 ]
finish
