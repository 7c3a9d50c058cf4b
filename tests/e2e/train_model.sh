#!/bin/bash
# The recipe of the built-in embedding model, on this project's own documents: twice the same bytes, from random
# rows and from a base whose rows it keeps; and what comes out is a model.
set -u
build=$(realpath "${1:-${VARVE_BUILD:-build/release}}")
root=$(realpath "$(dirname "$0")/../..")
tools=$root/tools/train-model
top=$(mktemp -d "${TMPDIR:-/tmp}/varve-test-XXXXXX")
trap 'rm -rf "$top"' EXIT
passed=0 failed=0

check() {
    local what=$1
    shift
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $what"
    fi
}
# A folder as fetch.sh leaves it: files, their list, what packages are for. The project's prose: its documents and
# its comments.
prepare() {
    mkdir -p "$1/files/docs"
    cp -r "$root/docs" "$root/README.md" "$root/man" "$1/files/docs/"
    python3 - "$root" "$1/files/docs" <<'PY'
import glob, os, re, sys
root, out = sys.argv[1:]
for path in sorted(glob.glob(root + "/*/*.[ch]")):
    comments = [re.sub(r"\n *\* ?", "\n", c) for c in re.findall(r"/\*(.*?)\*/", open(path, encoding="utf-8").read(), re.S)]
    with open("%s/%s.txt" % (out, os.path.relpath(path, root).replace("/", "-").replace(".", "-")), "w") as file:
        file.write("\n\n".join(comments))
PY
    echo docs >"$1/list"
    printf 'Package: a\nDescription: a tree\n' >"$1/descriptions-en"
    : >"$1/sources.txt"
}
# train WORK BASE SIZE: a few steps
train() { (cd "$root" && DROP='' FIT="4 0.01 64" "$tools/make.sh" "$build" "$1" "$2" "$3" >"$1.out" 2>"$1.log"); }

for run in one two; do
    prepare "$top/$run"
    check "trains from random rows: $(tail -n 3 "$top/$run.log" 2>/dev/null)" train "$top/$run" - 3000
done
for file in passages.tsv arranged.tsv words start.semb model.semb; do
    check "two runs give the same $file" cmp "$top/one/$file" "$top/two/$file"
done
check "there is enough to learn from" test "$(wc -l <"$top/one/passages.tsv")" -gt 100
check "training moved rows" test -n "$(cmp "$top/one/start.semb" "$top/one/model.semb" 2>&1)"
learned=$(grep -oE '[0-9.]+ before, [0-9.]+ after' "$top/one.log")
check "held-out pairs are found better: $learned" awk -v a="${learned%% *}" -v b="$(echo "$learned" | cut -d' ' -f3)" \
    'BEGIN { exit !(b > a) }'
check "the plugin takes it" "$build/varve" plugin test --timeout 20 -- "$build/embed-static" "$top/one/model.semb" \
    >/dev/null

# Tokens of a base come first, in its order, with its rows.
prepare "$top/more"
cp "$top/one/passages.tsv" "$top/more/"
printf 'Grüße aus Köln, sagte der Grüne; viele Grüße und Küsse. \tПривет, привет, мир и мир.\n%.0s' 1 2 3 4 5 \
    >>"$top/more/passages.tsv"
check "trains from a base" train "$top/more" "$top/one/model.semb" 3100
check "a base's tokens and rows are kept" python3 - "$top/one/model.semb" "$top/more/start.semb" "$tools" <<'PY'
import sys
sys.path.insert(0, sys.argv[3])
sys.dont_write_bytecode = True
from vocabulary import read_model
base, more = read_model(sys.argv[1]), read_model(sys.argv[2])
count = len(base[0])
assert more[0][:count] == base[0] and more[1][:count] == base[1], "the base's part differs"
assert len(more[0]) > count and len(set(more[0])) == len(more[0]), "tokens are missing, or there twice"
assert {"привет", "мир", "gruße", "kusse"} & set(more[0][count:]), more[0][count:]
PY
# Of a base's tokens some can be left out.
check "a base without some of its tokens" python3 "$tools/vocabulary.py" "$top/one/model.semb" 3000 "$top/less.semb" \
    300 500 <"$top/more/words" 2>"$top/less.log"
check "what was left out is no token" python3 - "$top/one/model.semb" "$top/less.semb" "$tools" <<'PY'
import sys
sys.path.insert(0, sys.argv[3])
sys.dont_write_bytecode = True
from vocabulary import read_model
base, less = read_model(sys.argv[1]), read_model(sys.argv[2])
count = len(base[0]) - 200
assert less[0][:count] == base[0][:300] + base[0][500:], "another part of the base is kept: %d" % count
assert less[1][:count] == base[1][:300] + base[1][500:], "the rows are others"
whole = {t for t in base[0][300:500] if len(t) > 7}
assert not whole & set(less[0]), whole & set(less[0])
PY
# Blocks are of one language, and short texts every third.
check "blocks are of one language" python3 - "$tools" <<'PY'
import subprocess, sys
german = "".join("\tDer Hund und die Katze sind nicht auf dem Dach Nummer %d, und das ist ein Glück für sie.\n" % i for i in range(256))
arabic = "".join("\tالقط والكلب ليسا على السطح رقم %d، وهذا حظ جيد لهما.\n" % i for i in range(256))
mixed = "".join(a + "\n" + b + "\n" for a, b in zip(german.split("\n")[:-1], arabic.split("\n")[:-1]))
out = subprocess.run([sys.argv[1] + "/arrange.py"], input=mixed + "a\tb\n" * 9, capture_output=True, text=True).stdout
lines = out.split("\n")[:-1]
assert len(lines) == 512, len(lines)
assert len({line.isascii() or "Glück" in line for line in lines[:256]}) == 1, "a block of two languages"
PY
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
