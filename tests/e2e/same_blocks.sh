#!/bin/bash
# The same bytes give the same blocks: each golden document is read once in the open, and once by a
# caged worker of the pool, in processes that differ in locale, time zone, home and fresh memory.
. "$(dirname "$0")/../lib.sh"
golden=$(cd "$(dirname "$0")/../golden" && pwd)

in_the_open() {
    env -i PATH="$PATH" LC_ALL=C TZ=UTC HOME=/nonexistent MALLOC_PERTURB_=85 \
        "$build/varve-extract" --file "$1" --name "$(basename "$1")" --format json --members
}
in_the_cage() {
    env -i PATH="$PATH" LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu HOME="$top" MALLOC_PERTURB_=170 \
        "$varve" extract --format json --members "$1"
}
# A container's own line says in the cage how its members went, and comes behind them.
texts() { grep -v '"text":""' | sort; }

count=0
for file in "$golden"/*/*; do
    case $file in *.expected | *.py) continue ;; esac
    [ -f "$file" ] || continue
    in_the_open "$file" 2>"$top/problem" | texts >"$top/open"
    in_the_cage "$file" 2>"$top/problem" | texts >"$top/cage"
    if ! cmp -s "$top/open" "$top/cage"; then
        no "${file#"$golden"/} differs"
        diff "$top/open" "$top/cage" | cut -c1-300 | head -n 6
    else
        ok
    fi
    [ -s "$top/open" ] && count=$((count + 1))
done
check "most golden documents have text" [ "$count" -gt 100 ]
finish
