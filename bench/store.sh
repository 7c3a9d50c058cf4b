#!/bin/bash
# What the store costs: a commit, and bytes on disk for each byte of text. CORPUS=DIR names documents;
# else Debian's own. usage: bench/store.sh BUILD_DIR
set -u
build=$(realpath "${1:-build/release}")
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
"$build/bench-store" || exit 1
mkdir "$top/source"
find -L "${CORPUS:-/usr/share/doc}" -type f \( -name '*.txt' -o -name '*.md' -o -name '*.html' -o -name copyright \) \
    -size -400k 2>/dev/null | LC_ALL=C sort | head -n "${DOCUMENTS:-1000}" | while IFS= read -r file; do
    to=$top/source/${file#/}
    mkdir -p "${to%/*}" && cp -L "$file" "$to"
done
VARVE_KB=$top/kb "$build/varve" sync "$top/source" >/dev/null 2>&1
VARVE_KB=$top/kb "$build/varve" du --json | python3 -c '
import json, sys
d = json.load(sys.stdin)
text = sum(s["live_text_bytes"] for s in d["sources"]) or 1
rest = d["database_bytes"] - d["free_bytes"] - d["vectors_bytes"]
print("on disk, vectors left out: %.3f of the text (%.1f MB)" % (rest / text, text / 1e6))
for name in "texts", "fulltext", "layouts":
    print("  %-9s %.3f" % (name, d[name + "_bytes"] / text))
print("  %-9s %.3f" % ("the rest", (rest - d["texts_bytes"] - d["fulltext_bytes"] - d["layouts_bytes"]) / text))'
