#!/bin/bash
# What a pass over unchanged folders costs, beside find and git status, in one run on one tree:
# bench/watch-scan.sh [BUILD] [FILES]
set -eu
build=$(realpath "${1:-build/release}") files=${2:-20000}
top=$(mktemp -d "${TMPDIR:-/tmp}/varve-bench-XXXXXX")
trap 'rm -rf "$top"' EXIT
export VARVE_KB=$top/kb
python3 - "$top/source" "$files" <<'PY'
import os, sys
top, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    folder = "%s/d%03d/e%d" % (top, i // 100 % 1000, i % 10)
    os.makedirs(folder, exist_ok=True)
    with open("%s/f%d.txt" % (folder, i), "w") as f:
        f.write("Document %d tells of subject %d.\n" % (i, i % 977))
PY
(cd "$top/source" && git init -q . && git config core.untrackedCache false && git add . &&
    git -c user.name=b -c user.email=b@example.org commit -qm all)
"$build/varve" sync --json "$top/source" >"$top/first.json" 2>/dev/null || true
# best of five
best() {
    python3 - "$@" <<'PY'
import subprocess, sys, time
best = 1e9
for _ in range(5):
    t = time.monotonic()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    best = min(best, time.monotonic() - t)
print("%.3f" % best)
PY
}
printf '%s files\n' "$files"
printf 'find -newer (stat of each)   %s s\n' "$(best find "$top/source" -type f -newer /proc/version)"
printf 'git status                   %s s\n' "$(best git -C "$top/source" status --porcelain)"
printf 'varve sync, nothing changed  %s s\n' "$(best "$build/varve" sync --json)"
