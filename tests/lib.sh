# Shared by tests/e2e and tests/crash: source it. Each script runs the real programs on folders of its
# own and ends with finish, which prints "N passed, N failed".
# shellcheck shell=bash
set -u
build=$(realpath "${1:-${VARVE_BUILD:-build/release}}")
varve=$build/varve
[ -x "$varve" ] || { echo "no $varve: run make first" >&2; exit 2; }
top=$(mktemp -d "${TMPDIR:-/tmp}/varve-test-XXXXXX")
chmod 755 "$top"
src=$top/source
export VARVE_KB=$top/kb
mkdir "$src"
passed=0 failed=0 daemon=

ok() { passed=$((passed + 1)); }
no() {
    failed=$((failed + 1))
    echo "FAILED: $*"
}
# check WHAT COMMAND...: the command succeeds.
check() {
    local what=$1
    shift
    if "$@"; then ok; else no "$what"; fi
}
# same WHAT GOT WANTED
same() {
    if [ "$2" = "$3" ]; then ok; else no "$1: got '$2', wanted '$3'"; fi
}
at_most() {
    if [ -n "$2" ] && [ "$2" -le "$3" ]; then ok; else no "$1: got '$2', at most $3 wanted"; fi
}
# field EXPRESSION < JSON: of the object, as Python sees it in d.
field() {
    python3 -c 'import json,sys
d=json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}
status_field() { "$varve" status --json | field "$1"; }
# embedded so far by the daemon that runs
embedded() { status_field 'd["daemon"]["embedded"]'; }

# Starts the daemon, and waits until its first pass is through. daemon_start [COMMAND PREFIX...]
# Only a daemon that answers is asked to sync: one that has not taken the writer's lock yet would lose
# it to the sync.
daemon_start() {
    "$@" "$varve" run --quiet "$src" >>"$top/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 600); do
        if "$varve" status --json 2>/dev/null | grep -q '"daemon":{'; then
            "$varve" sync --json >"$top/sync.json" 2>/dev/null
            case $? in 0 | 1) return 0 ;; esac
        fi
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.05
    done
    echo "the daemon did not start:"
    tail -5 "$top/daemon.log"
    return 1
}
daemon_stop() {
    [ -z "$daemon" ] && return
    kill -TERM "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    daemon=
}
# fresh WORD: the documents that have the word now, one a line, each once.
fresh() {
    "$varve" search --fresh --json --mode text --limit 50 "+$1" 2>>"$top/search.log" | places
}
places() {
    python3 -c 'import json,sys
d=json.load(sys.stdin)
found=[p for h in d["hits"] for p in [h["place"]]+h.get("also_in",[])]
print("\n".join(sorted({p["file"]+("!/"+p["member"] if "member" in p else "") for p in found})))'
}
verify_clean() {
    local out
    out=$("$varve" verify "$@" 2>&1) && return 0
    echo "$out" | tail -12
    return 1
}
# What the knowledge base says of every document, without ids, times and generations.
state() {
    python3 - "$VARVE_KB/index.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
rows = db.execute("""SELECT d.path, d.member, d.outcome, d.is_held, d.is_behind, d.attempt_count,
  (SELECT hex(content_hash) FROM revision r WHERE r.revision_id = d.revision_id),
  (SELECT count(*) FROM segment s WHERE s.document_id = d.document_id AND s.died IS NULL),
  (SELECT group_concat(text_bytes) FROM segment s WHERE s.document_id = d.document_id AND s.died IS NULL)
  FROM document d WHERE d.died IS NULL ORDER BY d.path, d.member""").fetchall()
for r in rows:
    print(*r[:8], "+".join(sorted((r[8] or "").split(","))))
PY
}
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit $?
}
cleanup() {
    daemon_stop
    if [ "$failed" -gt 0 ] && [ -n "${KEEP:-}" ]; then
        echo "kept: $top"
    else
        chmod -R u+rwX "$top" 2>/dev/null
        rm -rf "$top"
    fi
}
trap cleanup EXIT
