#!/bin/sh
# How well questions find their documents: nDCG@10 of full text, vectors and both, before and after
# the model was fitted to each collection, beside SQLite's FTS5 (porter) on the same documents.
# usage: EVAL=FOLDER bench/search-quality.sh BUILD_DIR [SET ...]
# EVAL/ret/SET has corpus.jsonl, queries.jsonl and qrels.tsv, as BEIR has them.
set -eu
build=$(realpath "${1:?usage: EVAL=FOLDER bench/search-quality.sh BUILD_DIR [SET ...]}")
shift
if [ -z "${EVAL:-}" ] || [ ! -d "$EVAL/ret" ]; then
    echo "bench/search-quality.sh: set EVAL to a folder with ret/SET/{corpus,queries}.jsonl; nothing measured"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# documents SET: one file for each line of the corpus, and judgements that name the files.
documents() {
    python3 - "$EVAL/ret/$1" "$work/$1" <<'PY'
import json, os, sys
corpus, out = sys.argv[1:]
os.makedirs(out)
names = {}
for line in open(corpus + "/corpus.jsonl", encoding="utf-8"):
    x = json.loads(line)
    names[x["_id"]] = "d%06d" % len(names)
    title = x.get("title") or ""
    with open("%s/%s.md" % (out, names[x["_id"]]), "w", encoding="utf-8") as f:
        f.write(("# %s\n\n" % title if title else "") + x["text"] + "\n")
with open(out + ".qrels", "w") as f:
    for line in open(corpus + "/qrels.tsv", encoding="utf-8"):
        query, document, grade = line.rstrip("\n").split("\t")
        f.write("%s\t%s\t%s\n" % (query, names.get(document, document), grade))
PY
}
# figures FILE ...: of each mode, from evaluations in JSON.
figures() {
    python3 - "$@" <<'PY'
import json, sys
for path in sys.argv[1:]:
    by_mode = {r["mode"]: r["ndcg@10"]["mean"] for r in json.load(open(path))["runs"]}
    print("".join(" %8.3f" % by_mode[m] if m in by_mode else "        -" for m in ("text", "vector", "hybrid")), end="")
PY
}

sets=${*:-$(cd "$EVAL/ret" && ls)}
printf '%-14s %6s %8s %8s %8s %8s %8s %8s\n' '' '' '' 'as shipped' '' '' 'adapted' ''
printf '%-14s %6s %8s %8s %8s %8s %8s %8s\n' set FTS5 text vector hybrid text vector hybrid
for set in $sets; do
    documents "$set"
    export VARVE_KB="$work/kb-$set"
    "$build/varve" sync --json "$work/$set" >"$work/sync.json" 2>"$work/log" || true
    "$build/varve" eval --json --qrels "$work/$set.qrels" "$EVAL/ret/$set/queries.jsonl" >"$work/before.json"
    "$build/varve" model adapt --json >"$work/adapt.json" 2>>"$work/log" || true
    "$build/varve" eval --json --qrels "$work/$set.qrels" "$EVAL/ret/$set/queries.jsonl" >"$work/after.json"
    peer=$(python3 "$EVAL/tools/ir_baseline.py" "$set" fts5 2>/dev/null | python3 -c '
import json, sys
for line in sys.stdin:
    try: print("%.3f" % json.loads(line)["ndcg@10"]); break
    except (ValueError, KeyError, TypeError): pass' || true)
    printf '%-14s %6s%s\n' "$set" "${peer:--}" "$(figures "$work/before.json" "$work/after.json")"
    rm -rf "$work/kb-$set" "${work:?}/$set"
done
