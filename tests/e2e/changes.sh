#!/bin/bash
# Edit, add, rename, delete, chmod, replace by rename, unpack, git checkout: after each, a fresh search
# answers from the new state only; a rename embeds nothing, an edited paragraph at most three chunks.
. "$(dirname "$0")/../lib.sh"

# A long document of distinct paragraphs: chapter NAME WORD
chapter() {
    local i
    echo "# Chapter $1"
    for i in $(seq 60); do
        printf '\n## Section %d of %s\n\n' "$i" "$1"
        printf 'Paragraph %d of %s tells about subject number %d. ' "$i" "$1" $((i * 7))
        printf 'It goes on with the matter of item %d, and says how part %d joins part %d. ' "$i" "$i" $((i + 1))
        printf 'Whoever reads section %d should know what stands before it in %s.\n' "$i" "$1"
    done
}
chapter one >"$src/one.md"
chapter two >"$src/two.md"
echo "The quick note says kumquat." >"$src/note.txt"
mkdir "$src/sub"
echo "Below there is a persimmon." >"$src/sub/deep.txt"

daemon_start || { no "start"; finish; }
same "found at the start" "$(fresh kumquat)" "note.txt"
same "found in a subfolder" "$(fresh persimmon)" "sub/deep.txt"

# edit
echo "The quick note says rambutan." >"$src/note.txt"
same "the new word after an edit" "$(fresh rambutan)" "note.txt"
same "the old word is gone" "$(fresh kumquat)" ""

# one paragraph of a long document
before=$(embedded)
sed -i 's/item 30,/item 30 (which is a carambola),/' "$src/one.md"
same "a paragraph edited" "$(fresh carambola)" "one.md"
at_most "chunks embedded for one paragraph" $(($(embedded) - before)) 3

# add
echo "A new file about the mangosteen." >"$src/new.txt"
same "a new file" "$(fresh mangosteen)" "new.txt"
mkdir -p "$src/x/y/z"
echo "Deep below lies a soursop." >"$src/x/y/z/new.txt"
same "a new file in new folders" "$(fresh soursop)" "x/y/z/new.txt"

# rename: a file, a folder, a folder with much in it
before=$(embedded)
mv "$src/note.txt" "$src/renamed.txt"
same "a renamed file" "$(fresh rambutan)" "renamed.txt"
mv "$src/sub" "$src/other"
same "a renamed folder" "$(fresh persimmon)" "other/deep.txt"
mkdir "$src/many"
for i in $(seq 200); do echo "Document $i of many is about tamarillo number$i." >"$src/many/$i.txt"; done
same "many documents" "$(fresh number77)" "many/77.txt"
before_many=$(embedded)
mv "$src/many" "$src/moved"
same "a renamed folder of many" "$(fresh number77)" "moved/77.txt"
same "nothing under the old path" "$("$varve" search --json --mode text --path 'many/*' +tamarillo 2>/dev/null | field 'len(d["hits"])')" 0
same "chunks embedded for a renamed folder" $(($(embedded) - before_many)) 0
mv "$src/one.md" "$src/x/one.md"
same "a long document moved" "$(fresh carambola)" "x/one.md"
same "chunks embedded for a moved document" $(($(embedded) - before_many)) 0

# chmod
before=$(embedded)
chmod 600 "$src/renamed.txt"
same "after chmod" "$(fresh rambutan)" "renamed.txt"
same "chunks embedded for chmod" $(($(embedded) - before)) 0

# replaced by rename, as editors do; and by way of a backup
echo "The replaced note says jabuticaba." >"$src/.renamed.txt.tmp"
mv "$src/.renamed.txt.tmp" "$src/renamed.txt"
same "replaced by rename" "$(fresh jabuticaba)" "renamed.txt"
same "what was replaced is gone" "$(fresh rambutan)" ""
mv "$src/renamed.txt" "$src/renamed.txt~"
echo "The note of vim says cherimoya." >"$src/renamed.txt"
rm "$src/renamed.txt~"
same "saved by way of a backup" "$(fresh cherimoya)" "renamed.txt"
same "its former text is gone" "$(fresh jabuticaba)" ""

# the same text again costs nothing
before=$(embedded)
cp "$src/x/one.md" "$src/copy.md"
same "a copy" "$(fresh carambola)" "$(printf 'copy.md\nx/one.md')"
same "chunks embedded for a copy" $(($(embedded) - before)) 0

# delete
rm "$src/copy.md"
same "a deleted copy" "$(fresh carambola)" "x/one.md"
rm -r "$src/other"
same "a deleted folder" "$(fresh persimmon)" ""

# unpack an archive into the folder; the archive itself is a container of documents
mkdir "$top/pack"
for i in $(seq 30); do echo "Packed document $i is about feijoa piece$i." >"$top/pack/p$i.txt"; done
(cd "$top" && zip -qr pack.zip pack)
(cd "$src" && unzip -q "$top/pack.zip" 2>/dev/null || python3 -c 'import sys,zipfile; zipfile.ZipFile(sys.argv[1]).extractall()' "$top/pack.zip")
same "unpacked into the folder" "$(fresh piece17)" "pack/p17.txt"
same "all of it" "$("$varve" search --fresh --json --mode text --limit 50 +feijoa | field 'len(d["hits"])')" 30
before=$(embedded)
cp "$top/pack.zip" "$src/pack.zip"
same "a member of an archive" "$(fresh piece18)" "$(printf 'pack.zip!/pack/p18.txt\npack/p18.txt')"
same "chunks embedded for the same texts in an archive" $(($(embedded) - before)) 0

# git checkout
(
    cd "$src" && git init -q . && git config user.email t@example.org && git config user.name t &&
        echo "On the main branch there is a loganberry." >branch.txt && git add branch.txt &&
        git commit -qm one && git checkout -qb other &&
        echo "On the other branch there is a boysenberry." >branch.txt &&
        echo "Only here: a tayberry." >only.txt && git add branch.txt only.txt && git commit -qm two
) >/dev/null 2>&1
same "on the second branch" "$(fresh boysenberry)" "branch.txt"
same "its file" "$(fresh tayberry)" "only.txt"
same "not the first branch" "$(fresh loganberry)" ""
(cd "$src" && git checkout -q - 2>/dev/null || git checkout -q master) >/dev/null 2>&1
before=$(embedded)
same "back on the first branch" "$(fresh loganberry)" "branch.txt"
same "not the second branch" "$(fresh boysenberry)$(fresh tayberry)" ""
same "no git objects" "$("$varve" search --json --mode text --path '.git/*' +loganberry 2>/dev/null | field 'len(d["hits"])')" 0

# without a barrier: in seconds, by itself
echo "Written without a question: a salak." >"$src/by-itself.txt"
for _ in $(seq 100); do
    "$varve" search --json --mode text +salak >/dev/null 2>&1 && break
    sleep 0.1
done
check "found without --fresh" "$varve" search --json --mode text +salak >/dev/null
rm "$src/by-itself.txt"
same "gone on the next query" "$("$varve" search --json --mode text +salak 2>/dev/null | field 'len(d["hits"])')" 0

# a restart in between, and changes while it was off
daemon_stop
echo "Changed while it was off: a langsat." >"$src/new.txt"
mv "$src/x/one.md" "$src/one.md"
rm "$src/two.md"
daemon_start || no "second start"
same "changed while off" "$(fresh langsat)" "new.txt"
same "its old text" "$(fresh mangosteen)" ""
same "renamed while off" "$(fresh carambola)" "one.md"
same "deleted while off" "$("$varve" search --json --mode text --path 'two.md' +paragraph 2>/dev/null | field 'len(d["hits"])')" 0
at_most "chunks embedded after the restart" "$(embedded)" 1
"$varve" search --fresh --json +langsat >/dev/null
check "verify with the daemon" verify_clean
daemon_stop
check "verify without it" verify_clean --deep
finish
