#!/bin/sh
# Indexes every document below EVAL, verifies, indexes again, and searches; prints CPU and wall
# seconds, sizes, and what each document ended as.
# usage: EVAL=FOLDER bench/ingest.sh BUILD_DIR
set -eu
build=$(realpath "${1:?usage: EVAL=FOLDER bench/ingest.sh BUILD_DIR}")
if [ -z "${EVAL:-}" ] || [ ! -d "${EVAL:-}" ]; then
    echo "bench/ingest.sh: set EVAL to a folder of documents; nothing measured"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export VARVE_KB=$work/kb

# timed NAME COMMAND ...: its CPU and wall seconds, children included
timed() {
    name=$1
    shift
    python3 - "$name" "$@" <<'PY'
import resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("%-10s %8.2f CPU s  %8.2f wall s  %6.0f MB  exit %d" % (
    sys.argv[1], used.ru_utime + used.ru_stime, time.monotonic() - start, used.ru_maxrss / 1024, status))
PY
}

echo "documents: $(find "$EVAL" -type f | wc -l), $(du -sm "$EVAL" | cut -f1) MB"
timed sync "$build/varve" sync "$EVAL"
timed again "$build/varve" sync
"$build/varve" status --json | python3 -c '
import json, sys
status = json.load(sys.stdin)
print("outcomes:", ", ".join("%d %s" % (n, k) for k, n in status["by_outcome"].items() if n))
print("segments: %(segments)d, text %(text_bytes)d bytes, database %(database_bytes)d bytes" % status)'
timed search "$build/varve" search --json "how to open a file and read its lines" >"$work/hits"
tail -n 1 "$work/hits"
"$build/varve" verify --deep | tail -n 1
