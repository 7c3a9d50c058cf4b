#!/bin/bash
# A text of more than 32 MiB is cut there, between characters, in every format that is text, and says
# so: partial, never cut off in silence.
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
    text=$("$VARVE_BUILD/varve-extract" --file "$file" --name "$name" --format json 2>/dev/null |
        python3 -c '
import json, sys
got = json.load(sys.stdin)
size = len(got["text"].encode())
print(got["outcome"], size <= 32 << 20, size > 30 << 20, len(got.get("reason", "")) > 10)')
    same "$name is cut at 32 MiB and says so" "$text" "partial True True True"
    rm "$file"
done
finish
