#!/bin/bash
# Real documents, as this machine has them: Debian's documentation, at least 500 with what is written
# here. Each is complete, partial or listed with a reason, and verify finds nothing.
. "$(dirname "$0")/../lib.sh"

# At most so many of each kind, so that no kind crowds out the others.
take() {
    find -L /usr/share/doc /usr/share/info /usr/share/man/man1 -type f -name "$1" -size -400k 2>/dev/null |
        LC_ALL=C sort | awk -v n="$2" '{ all[NR] = $0 }
            END { step = NR > n ? NR / n : 1; for (i = 1; i <= NR && c < n; i += step) { print all[int(i)]; c++ } }'
}
{
    take '*.html' 150
    take '*.txt' 150
    take '*.md' 80
    take '*.rst' 30
    take '*.pdf' 40
    take '*.xml' 15
    take '*.c' 30
    take '*.pl' 15
    take 'changelog*.gz' 60
    take '*.txt.gz' 30
    take 'README*' 80
    take 'copyright' 80
    take '*.png' 5
} | LC_ALL=C sort -u >"$top/list"
while IFS= read -r file; do
    to=$src/${file#/usr/share/}
    mkdir -p "${to%/*}" && cp "$file" "$to"
done <"$top/list"

# What a minimal machine lacks, written here: each unlike the others.
have=$(find "$src" -type f | wc -l)
mkdir -p "$src/generated"
for ((i = 0; have + i < 500; i++)); do
    case $((i % 5)) in
    0) printf '# Note %d\n\nThe first part is about item %d.\n\n## More\n\nAnd item %d.\n' $i $i $((i + 1)) >"$src/generated/$i.md" ;;
    1) printf '<html><head><title>Page %d</title></head><body><h1>Page %d</h1><p>About %d.</p></body></html>\n' $i $i $i >"$src/generated/$i.html" ;;
    2) printf 'name,price\nitem %d,%d\n' $i $((i * 3)) >"$src/generated/$i.csv" ;;
    3) printf 'Plain text number %d, and what it says about %d.\n' $i $((i * 7)) >"$src/generated/$i.txt" ;;
    4) printf '{"number": %d, "about": "object %d"}\n' $i $i >"$src/generated/$i.json" ;;
    esac
done
tar -C "$src" -czf "$src/some.tar.gz" generated 2>/dev/null
: >"$src/empty.txt"
printf '%%PDF-1.7\nnot a document at all' >"$src/broken.pdf"
files=$(find "$src" -type f | wc -l)
echo "$files files"
[ "$files" -ge 500 ] && ok || no "only $files files"

daemon_start || { no "start"; finish; }
"$varve" sync >/dev/null 2>&1
"$varve" status --json >"$top/status.json"
python3 - "$src" "$top/status.json" "$VARVE_KB/index.db" >"$top/report" <<'PY'
import json, os, sqlite3, sys
source, status, database = sys.argv[1:]
db = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
names = ["pending", "complete", "partial", "no text", "encrypted", "unsupported", "malformed",
         "over limit", "crashed", "timed out", "unreadable", "unstable", "embed failed"]
known = {r[0]: (names[r[1]], r[2]) for r in db.execute(
    "SELECT path, outcome, reason FROM document WHERE died IS NULL AND length(member) = 0")}
bad = 0
count = {}
for folder, _, files in os.walk(os.fsencode(source)):
    for name in files:
        path = os.path.relpath(os.path.join(folder, name), os.fsencode(source))
        if path not in known:
            print("missing: %r" % path); bad += 1
            continue
        outcome, reason = known[path]
        count[outcome] = count.get(outcome, 0) + 1
        if outcome in ("pending", "unstable", "embed failed"):
            print("%s: %r %s" % (outcome, path, reason)); bad += 1
        if outcome not in ("complete", "no text", "pending") and not reason:
            print("no reason: %s %r" % (outcome, path)); bad += 1
        if outcome in ("crashed", "timed out"):
            print("%s: %r %s" % (outcome, path, reason)); bad += 1
d = json.load(open(status))
if d["waiting_segments"]:
    print("%d segments wait for vectors" % d["waiting_segments"]); bad += 1
print("outcomes: " + ", ".join("%d %s" % (n, o) for o, n in sorted(count.items(), key=lambda c: -c[1])))
sys.exit(bad > 0)
PY
report=$?
cat "$top/report"
same "every file is complete, partial or listed with a reason" "$report" 0
check "most have text" [ "$(status_field 'd["with_text"]')" -ge $((files * 8 / 10)) ]
check "verify finds nothing, with the daemon" verify_clean
check "a broken PDF is explained" grep -qi malformed <("$varve" why "$src/broken.pdf")
# again: nothing is done twice
before=$(embedded)
"$varve" sync --json >/dev/null 2>&1
same "a second pass embeds nothing" $(($(embedded) - before)) 0
daemon_stop
"$varve" sync --json >"$top/again.json" 2>/dev/null
same "a pass without the daemon reads nothing again" "$(field 'd["files_indexed"]' <"$top/again.json")" 0
same "and embeds nothing" "$(field 'd["embedded"]' <"$top/again.json")" 0
check "verify finds nothing, every text read" verify_clean --deep
check "a search has hits" "$varve" search "license conditions" >/dev/null
finish
