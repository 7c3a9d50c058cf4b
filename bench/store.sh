#!/bin/bash
# What the store costs: a commit, and bytes on disk for each byte of text. CORPUS=DIR names documents;
# else Debian's own. usage: bench/store.sh BUILD_DIR
set -u
build=$(realpath "${1:-build/release}")
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
"$build/bench-store" || exit 1
mkdir "$top/source"
# One in so many of all, so that no one package stands for the rest; DOCUMENTS=0: all.
corpus=$(realpath "${CORPUS:-/usr/share/doc}")
find -L "$corpus" -type f \( -name '*.txt' -o -name '*.md' -o -name '*.rst' -o -name '*.yaml' \
    -o -name '*.html' -o -name copyright \) -size -4000k 2>/dev/null | LC_ALL=C sort >"$top/list"
documents=${DOCUMENTS:-1000}
step=$((documents > 0 ? ($(wc -l <"$top/list") + documents - 1) / documents : 1))
awk -v step="$step" 'NR % step == 0' "$top/list" | while IFS= read -r file; do
    to=$top/source/${file#"$corpus"/}
    mkdir -p "${to%/*}" && cp -L "$file" "$to"
done
VARVE_KB=$top/kb "$build/varve" sync "$top/source" >/dev/null 2>&1
# Pages, with the room left in them: what the file system sees. Vectors are told apart.
VARVE_KB=$top/kb "$build/varve" du --json | python3 -c '
import json, sqlite3, sys
text = sum(s["live_text_bytes"] for s in json.load(sys.stdin)["sources"]) or 1
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
pages = dict(db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
vectors = pages.pop("vector", 0)
print("on disk, vectors left out: %.3f of the text (%.1f MB); vectors %.3f" % (
    sum(pages.values()) / text, text / 1e6, vectors / text))
print("  measured on the text corpus of the peers (67 MB): recoll 2.5, omega 3.0 of the files")
for name, size in sorted(pages.items(), key=lambda p: -p[1])[:8]:
    print("  %-18s %.3f" % (name, size / text))' "$top/kb/index.db"
