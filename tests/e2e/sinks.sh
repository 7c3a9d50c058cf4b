#!/bin/bash
# A sink that varve.conf names gets every change, also those made while varve was down, each exactly once;
# an embedding plugin of the user's takes the place of the built-in one; a missing one says what to do.
set -u
build=$1
root=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
kb=$work/kb docs=$work/docs
daemon=
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0

check() { # NAME COMMAND ...
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL  $name"
        tail -n 20 "$work/log"
    fi
}
wait_for() { # COMMAND ...: until it is true, at most 20 s
    for _ in $(seq 100); do
        "$@" && return 0
        sleep 0.2
    done
    return 1
}
start() {
    "$build/varve" run --kb "$kb" "$docs" >>"$work/log" 2>&1 &
    daemon=$!
}
stop() {
    kill "$daemon"
    wait "$daemon"
    daemon=
}
# The sink's file holds the same changes as the feed: numbers and operations, in order, once.
seqs() { python3 -c '
import json, sys
for line in sys.stdin:
    change = json.loads(line)
    if not change.get("more"):
        print(change["seq"], change["op"], change["document"])'; }
is_in_step() { [ -s "$work/changes" ] && [ "$(seqs <"$work/changes")" = "$("$build/varve" feed --kb "$kb" | seqs)" ]; }
has_changes() { [ "$("$build/varve" feed --kb "$kb" | wc -l)" -ge "$1" ] && is_in_step; }

mkdir -p "$kb" "$docs"
printf '[sink file]\ncommand = sink-jsonl "%s/changes"\n' "$work" >"$kb/varve.conf"
printf '# Lake\n\nVarves are counted like tree rings.\n' >"$docs/a.md"
printf 'A plain text about silt.\n' >"$docs/b.txt"
start
check 'the first documents reach the sink' wait_for has_changes 2
rm "$docs/b.txt"
printf '# Lake\n\nThey are counted twice.\n' >"$docs/a.md"
check 'a change and a removal reach it' wait_for has_changes 4
check 'status tells of it' sh -c "'$build/varve' status --kb '$kb' | grep -q 'sink file: has'"
check 'vectors are in it' grep -q '"vector":"' "$work/changes"
# what is erased is told to a sink that listens, with nothing of its text
printf 'A secret about marl.\n' >"$docs/secret.txt"
check 'a document reaches it' wait_for has_changes 5
document=$(tail -n 1 "$work/changes" | python3 -c 'import json,sys; print(json.loads(sys.stdin.read())["document"])')
rm "$docs/secret.txt"
check 'it is erased' sh -c "'$build/varve' erase --kb '$kb' '$docs/secret.txt' >/dev/null"
is_told() { python3 - "$work/changes" "$document" <<'PY'
import json, sys
changes = [json.loads(line) for line in open(sys.argv[1])]
erased = [c for c in changes if c["op"] == "erase" and c["document"] == int(sys.argv[2])]
sys.exit(0 if erased and "marl" not in json.dumps(erased) else 1)
PY
}
check 'the sink is told of it' wait_for is_told
check 'in step with the feed' wait_for is_in_step
# what it holds when it applies them all is the listing, which has the sequence that it is at
check 'what the sink holds is the listing' python3 - "$work/changes" "$build/varve" "$kb" <<'PY'
import json, subprocess, sys
held, seq = {}, 0
for line in open(sys.argv[1]):
    c = json.loads(line)
    seq = c["seq"]
    if c["op"] in ("put", "vectors"):
        for s in c["segments"]:
            held[s["segment"]] = (c["document"], c["file"], s["text"], s.get("vector"))
    for gone in c.get("removed", []):
        held.pop(gone, None)
lines = subprocess.run([sys.argv[2], "feed", "--kb", sys.argv[3], "--list", "--text", "--vectors"],
                       capture_output=True, check=True, text=True).stdout.splitlines()
listed = [json.loads(line) for line in lines]
now = {s["segment"]: (d["document"], d["file"], s["text"], s["vector"]) for d in listed for s in d["segments"]}
sys.exit(not (now and now == held and all(d["seq"] == seq and d["op"] == "put" and d["revision"] for d in listed)))
PY
known=$("$build/varve" feed --kb "$kb" | wc -l)
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
printf 'Written while nobody watched.\n' >"$docs/c.txt"
start
check 'after kill -9 it goes on, nothing twice' wait_for has_changes $((known + 1))
stop

printf '[embed]\nplugin = %s/plugins/template/embed_template.py\n' "$root" >>"$kb/varve.conf"
start
check "another plugin's model takes over" wait_for sh -c "'$build/varve' search --kb '$kb' --json silt | grep -q . &&
    ls '$kb'/*.canary | wc -l | grep -qx 2"
stop
sed -i 's,^plugin = .*,plugin = /nowhere/plugin,' "$kb/varve.conf"
start
check 'a missing plugin is told, with what to do' wait_for sh -c \
    "'$build/varve' status --kb '$kb' | grep -q \"cannot start '/nowhere/plugin': No such file or directory.*set 'plugin' in varve.conf\""
check 'text search goes on' sh -c "'$build/varve' search --kb '$kb' watched 2>/dev/null | grep -q c.txt"
stop
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
