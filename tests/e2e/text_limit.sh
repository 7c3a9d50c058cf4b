#!/bin/bash
# How much of a long text is read. Where the text is the file itself, 128 MiB, in bounded memory;
# where it is made of the file, 32 MiB. It is cut between characters, and says so: partial, never cut
# off in silence.
. "$(dirname "$0")/../lib.sh"

# Lines of 64 bytes, 40 MB of them, with characters of two bytes at odd places.
python3 - "$src" <<'PY'
import sys
line = "wörds thät are one line of sixty-four bytes, and nöthing else\n"
body = line * (40_000_000 // len(line.encode()))
heads = {
    "a.txt": "", "a.md": "# Title\n\n", "a.rst": "Title\n=====\n\n", "a.adoc": "= Title\n\n",
    "a.org": "* Title\n\n", "a.tex": "\\section{Title}\n\n", "a.pod": "=head1 Title\n\n",
    "a.texi": "\\input texinfo\n@chapter Title\n\n", "a.wiki": "== Title ==\n\n",
    "a.typ": "= Title\n\n", "a.1": ".TH A 1\n.SH NAME\n", "a.c": "/* */\n", "a.py": "# comment\n",
    "a.log": "2024-01-01 10:20:30 start\n", "a.yaml": "a: 1\n", "a.csv": "Name\n",
    "a.html": "<!doctype html><title>T</title><h1>Title</h1><p>",
}
for name, head in heads.items():
    with open(f"{sys.argv[1]}/{name}", "w", encoding="utf-8") as file:
        file.write(head)
        # Blocks of a megabyte: a paragraph of 40 MB is another subject.
        for start in range(0, len(body), 1_000_000):
            file.write(body[start:start + 1_000_000] + "\n\n")
PY

for file in "$src"/*; do
    name=$(basename "$file")
    case $name in
    *.txt | *.md | *.c | *.py | *.log | *.yaml | *.csv) wanted="complete True False False" ;;
    *) wanted="partial False True True" ;;
    esac
    text=$("$build/varve-extract" --file "$file" --name "$name" --format json 2>/dev/null |
        python3 -c '
import json, sys
got = json.load(sys.stdin)
size = len(got["text"].encode())
print(got["outcome"], size > 32 << 20, 30 << 20 < size <= 32 << 20, len(got.get("reason", "")) > 10)')
    same "$name is whole, or cut at 32 MiB and says so" "$text" "$wanted"
    rm "$file"
done

# A line, or a cell, of 200 kB has all its words.
python3 - "$src" <<'PY'
import sys
words = " ".join("w%d" % i for i in range(30_000)) + " last"
pages = {
    "line.1": ".TH A 1\n.SH NAME\n" + words,
    "macro.1": ".TH A 1\n.SH NAME\n.B " + words,
    "tag.1": ".TH A 1\n.SH NAME\n.TP\n" + words + "\nwhat it is",
    "table.1": ".TH A 1\n.SH NAME\n.TS\nl l.\na\tT{\n" + words + "\nT}\n.TE",
    "line.mdoc.1": ".Dd today\n.Dt A 1\n.Os\n.Sh NAME\n" + words,
    "macro.mdoc.1": ".Dd today\n.Dt A 1\n.Os\n.Sh NAME\n.Em " + words,
    "cell.rst": "Title\n=====\n\n.. csv-table:: Words\n\n   a, " + words,
}
for name, text in pages.items():
    with open(f"{sys.argv[1]}/{name}", "w") as file:
        file.write(text + "\n")
PY
for file in "$src"/*; do
    name=$(basename "$file")
    "$build/varve-extract" --file "$file" --name "$name" --format text >"$top/words" 2>/dev/null
    check "$name: its last words are kept" grep -q 'w29999 last' "$top/words"
    rm "$file"
done

# 100 MB, and what stands at the end is found. Most of it repeats, so that little is embedded.
python3 - "$src" <<'PY'
import sys
line = "one two three four five six seven eight nine ten eleven twelve.\n\n"
with open(sys.argv[1] + "/long.md", "w") as file:
    for part in range(10):
        file.write("# Part %d\n\n" % part + line * (10_000_000 // len(line)))
    file.write("# End\n\nThe zebra finch is the last word.\n")
PY
"$varve" sync "$src" >"$top/sync.log" 2>&1 &
sync=$!
host=0 worker=0
while kill -0 $sync 2>/dev/null; do
    for process in $sync $(cat "/proc/$sync/task/$sync/children" 2>/dev/null); do
        peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$process/status" 2>/dev/null)
        if [ "$process" = $sync ]; then
            host=${peak:-$host}
        elif [ "${peak:-0}" -gt "$worker" ]; then
            worker=$peak
        fi
    done
    sleep 0.05
done
check "100 MB are indexed" wait $sync
same "the file is complete" "$("$varve" why "$src/long.md" | head -1 | sed 's/.*: //')" complete
check "what stands at its end is found" grep -q 'long.md' <<<"$("$varve" search 'zebra finch')"
check "the daemon's memory was seen" [ "$host" -gt 100000 ]
at_most "kB of the daemon" "$host" 600000
most=600000
case $build in */asan) most=1200000 ;; esac # it keeps what was freed
at_most "kB of the largest worker or plugin" "$worker" $most

rm "$src/long.md"
yes 'Lines of text that go on and on, and never come to an end, it seems.' |
    head -c 140000000 >"$src/longer.txt"
text=$("$build/varve-extract" --file "$src/longer.txt" --name longer.txt --format json 2>/dev/null |
    grep -o 'more than 134217728 bytes of text')
same "128 MiB are the most" "$text" "more than 134217728 bytes of text"
finish
