#!/bin/bash
# Chunks that say nothing, or what their document has said before, are left out, and told.
. "$(dirname "$0")/../lib.sh"

notice="Permission is granted to use, copy and change this text for any purpose, with or without a fee, if the
name of its author stays in every copy, and if nobody claims that it was written by someone else. The text comes
as it is, without a promise that it fits any purpose. The author is not liable for any damage, be it direct or
not, that comes from its use, or from not being able to use it, even if that was to be expected by them."

for i in $(seq 10); do
    printf '# Part %d\n\nStone number %d lies in row %d of the yard, ' "$i" $((i * 7)) "$i"
    printf 'laid by hand in the year %d, and it was never moved again since that day. ' $((1800 + i))
    printf 'Whoever looks for it goes past gate %d, then %d steps to the left of the wall.\n\n' "$i" $((i * 3))
    printf '## Notice\n\n%s\n\n' "$notice"
done >"$src/yard.md"
echo "One stone, and no notice." >"$src/stone.txt"

"$varve" chunk --json --chunker structure --target 70 --maximum 130 "$src/yard.md" >"$top/chunks" 2>"$top/said"
same "each part and one notice" "$(wc -l <"$top/chunks")" 11
same "the notice stands once" "$(grep -c "not liable" "$top/chunks")" 1
check "what was left out is told" grep -q "9 chunks left out" "$top/said"
"$varve" chunk --json "$src/stone.txt" >"$top/chunks" 2>"$top/said"
check "nothing is told otherwise" [ ! -s "$top/said" ]

"$varve" sync "$src" >/dev/null 2>&1
printf '[chunk]\nchunker = structure\ntarget_tokens = 70\nmaximum_tokens = 130\n' >>"$VARVE_KB/varve.conf"
"$varve" sync "$src" >"$top/sync" 2>&1
check "why tells it" grep -q "left out *9 chunks" <("$varve" why "$src/yard.md")
same "why tells it in JSON" "$("$varve" why --json "$src/yard.md" | field 'd["chunks_left_out"]')" 9
same "nothing of the other" "$("$varve" why --json "$src/stone.txt" | field 'd["chunks_left_out"]')" 0

# parents: small chunks are found, and their section is read
chunk_count() { "$varve" chunk --json --chunker "$1" --target 128 --maximum 256 "$src/yard.md" | wc -l; }
check "there are more of them" [ "$(chunk_count parents)" -gt $(($(chunk_count semantic) * 3 / 2)) ]
printf 'chunker = parents\ntarget_tokens = 128\nmaximum_tokens = 256\n' >>"$VARVE_KB/varve.conf"
sed -i '/^chunker = structure/,/^maximum_tokens = 130/d' "$VARVE_KB/varve.conf"
"$varve" sync "$src" >"$top/sync" 2>&1
same "the section is read around a small one" "$("$varve" search --json --mode text --expand section gate 21 | field '[len(h["around"]["text"]) > len(h["text"]) for h in d["hits"]][0]')" True
finish
