#!/bin/bash
# How much CPU searches take, against the goals, and beside FTS5's own ranking in the same run.
#
#   SEGMENTS=1000000   passages of the large collection, which is made once and kept in WORK
#   FILES=100000       passages of the one that `varve sync` reads, for searches as a process
#   CORPUS=DIR         these documents instead of the latter
#   WORK=DIR           where they are kept (build/bench-search: about 3 GB)
#   PEERS=DIR          a folder with node_modules/{better-sqlite3,sqlite-vec}: vectors beside theirs
#
# usage: bench/search-speed.sh BUILD_DIR
set -eu
build=$(realpath "${1:-build/release}")
here=$(dirname "$(realpath "$0")")
work=${WORK:-$(dirname "$build")/bench-search}
segments=${SEGMENTS:-1000000}
files=${FILES:-100000}
bench=$build/bench-search-speed
mkdir -p "$work"

large=$work/made-$segments
if [ ! -e "$large/done" ]; then
    rm -rf "$large" && mkdir "$large"
    echo "making a collection of $segments passages in $large"
    "$bench" fill "$large" "$segments" && touch "$large/done"
fi
echo "== $segments passages of 256 dimensions"
"$bench" measure "$large" "$segments"
echo "== the vector scan alone, and what it finds"
"$build/bench-scan-recall" "$work" "$segments"
if [ -n "${PEERS:-}" ]; then
    node "$here/search-peers.mjs" "$PEERS" "$large/index.db" || echo "  (the peers in $PEERS do not run)"
fi

if [ -n "${CORPUS:-}" ]; then
    source=$CORPUS
    kb=$work/kb-$(echo "$CORPUS" | sha256sum | cut -c1-12)
else
    source=$work/files-$files
    kb=$work/kb-files-$files
    [ -e "$source" ] || { mkdir "$source.new" && "$bench" files "$source.new" "$files" && mv "$source.new" "$source"; }
fi
export VARVE_KB=$kb
[ -e "$kb/done" ] || { "$build/varve" sync "$source" >/dev/null 2>&1 && touch "$kb/done"; }
echo "== as a process, plugin included: $("$build/varve" status | sed -n 's/ segments.*/ passages/p')"
"$bench" questions "$files" 60 >"$work/questions"
python3 - "$build/varve" "$work/questions" <<'PY'
import os, resource, subprocess, sys

varve, path = sys.argv[1:]
questions = [line.strip() for line in open(path)]

# CPU of the process and of all that it starts, in milliseconds; what is looked at first is not counted.
def measure(name, arguments, goal):
    times, peak = [], 0
    for question in questions[:2] + questions:
        child = subprocess.Popen([varve, *arguments, question], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(child.pid, 0)
        times.append((usage.ru_utime + usage.ru_stime) * 1e3)
        peak = max(peak, usage.ru_maxrss)
    times = sorted(times[2:])
    print("  %-34s p50 %8.2f  p99 %8.2f ms of CPU, %.0f MB (goal %s)" % (
        name, times[len(times) // 2], times[(len(times) - 1) * 99 // 100], peak / 1024, goal), flush=True)

measure("varve search", ["search"], "30 ms")
measure("varve search --mode text", ["search", "--mode", "text"], "-")
measure("varve context --budget 4000", ["context", "--budget", "4000"], "start + 15 ms")
measure("varve search --path GLOB (1 %)", ["search", "--path", "00?/*"], "-")
PY
