#!/bin/bash
# `varve extract` begins with a worker that has no large library, and starts the other one only when a
# document needs it: what comes out is the same, and each is started once at most.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

# Beside this varve, both workers write down that they were started.
mkdir "$top/bin"
cp "$varve" "$build/default.semb" "$build/embed.semb" "$top/bin"
for program in varve-extract varve-extract-small; do
    printf '#!/bin/sh\necho %s >>"%s/started"\nexec "%s/%s" "$@"\n' "$program" "$top" "$build" "$program" \
        >"$top/bin/$program"
    chmod +x "$top/bin/$program"
done
# the two programs that a run starts, in order
started() {
    rm -f "$top/started"
    "$top/bin/varve" "$@" >"$top/out" 2>"$top/err"
    cat "$top/started" 2>/dev/null | tr '\n' ' '
}
# what a run with the large worker alone gives
mkdir "$top/large"
cp "$varve" "$build/varve-extract" "$build/default.semb" "$build/embed.semb" "$top/large"
cp "$build/varve-extract" "$top/large/varve-extract-small"

cd "$root/tests/golden" || exit 2
text=text/$(ls text | grep -m1 '\.txt$')
pdf=pdf/$(ls pdf | grep -m1 '\.pdf$')
mail=mail/$(ls mail | grep -m1 '\.eml$')
docx=office/$(ls office | grep -m1 '\.docx$')
gzip -kc "$text" >"$top/packed.txt.gz"

same "a text" "$(started extract "$text")" "varve-extract-small "
same "several of what it has" "$(started extract "$text" "$docx")" "varve-extract-small "
same "PDF first" "$(started extract "$pdf" "$text")" "varve-extract "
same "PDF later" "$(started extract "$text" "$pdf" "$text" "$pdf")" "varve-extract-small varve-extract "
same "mail" "$(started extract "$mail" "$text")" "varve-extract-small varve-extract "
same "what is packed" "$(started extract "$top/packed.txt.gz")" "varve-extract-small varve-extract "
same "members" "$(started extract --members "$text")" "varve-extract "
same "chunks" "$(started chunk --json "$docx" "$pdf")" "varve-extract-small varve-extract "

for folder in */; do
    for file in "$folder"*; do
        case $file in *.expected) ;; *) printf '%s\n' "$file" ;; esac
    done
done >"$top/files"
: >"$top/other"
while read -r file; do
    "$varve" extract --format json "$file" >"$top/a" 2>&1
    "$top/large/varve" extract --format json "$file" >"$top/b" 2>&1
    cmp -s "$top/a" "$top/b" || echo "$file" >>"$top/other"
done <"$top/files"
same "documents that come out in another way" "$(cat "$top/other")" ""

# what is missing is said
rm "$top/bin/varve-extract-small"
started extract "$text" >/dev/null
same "a worker that is missing is named" "$(grep -c "'varve-extract-small' is missing" "$top/err")" 1
printf '#!/bin/sh\nexit 127\n' >"$top/bin/varve-extract-small" # as the loader does without a library
chmod +x "$top/bin/varve-extract-small"
"$top/bin/varve" extract "$text" >"$top/out" 2>"$top/err"
same "one that can't start fails" "$?" 3
check "and it is said why" grep -q "a worker could not start: it ended with status 127" "$top/err"
finish
