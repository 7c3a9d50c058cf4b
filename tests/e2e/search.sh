#!/bin/bash
# `varve search` as people and programs see it: snippets, marks, colours.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

cat >"$src/policy.md" <<'END'
# Returns

Our shop opened in 1962 in a small street. It has been run by the same family ever since, who care about wood
and about the people who buy it. The building has three floors, and a cellar where the clay is kept dry. Visitors
like the view from the roof, which is flat and has a table.

The buyer may return a lamp within thirty days. Refunds are paid to the card that was used, usually in five
working days, though a bank may take longer. Goods that were cut to size stay with whoever ordered them.
END
printf 'def getUserById(user_id):\n    return db.lookup("users", user_id)\n' >"$src/code.py"
printf '市水道局は水道料金を見直す。敷金の返還は退去後一か月以内に行われる。%.0s' 1 2 3 4 5 >"$src/ja.txt"
printf 'The Na\xc3\xafve Caf\xc3\xa9 re-opened.\n' >"$src/cafe.txt"
python3 -c 'print("unbroken" * 400, "needle", "straw " * 300)' >"$src/long.txt"
"$varve" sync "$src" >/dev/null 2>&1
search() { "$varve" search --mode text "$@" 2>>"$top/search.log"; }

# What every snippet of every answer keeps to.
cat >"$top/snippets.py" <<'PY'
import json, sys
length, bad = int(sys.argv[1]), 0
for hit in json.load(sys.stdin)["hits"]:
    s, passage = hit["snippet"], hit["text"].encode()
    text = s["text"].encode()
    ends = [0] + [e for m in s["matches"] for e in (m["start"], m["end"])] + [len(text)]
    for m in s["matches"]: text[m["start"]:m["end"]].decode()
    bad += passage[s["start"]:s["end"]] != text or len(s["text"]) > length or not text
    bad += ends != sorted(ends) or s["text"] != s["text"].strip()
print(bad)
PY
for query in refunds "thirty days" '"the buyer may"' getuserbyid 水道 needle straw "naive cafe" "the of and" 'rot*' unbroken; do
    for length in 20 320; do
        same "snippets of $length for $query" "$(search --json --snippet "$length" "$query" | python3 "$top/snippets.py" "$length")" 0
    done
done
for query in "money back for goods" 料金 "!?"; do
    same "snippets of what vectors find for '$query'" \
        "$("$varve" search --json --snippet 60 "$query" | python3 "$top/snippets.py" 60)" 0
done
marked() {
    search --json "$@" | field '"|".join(d["hits"][0]["snippet"]["text"].encode()[m["start"]:m["end"]].decode() for m in d["hits"][0]["snippet"]["matches"])'
}
same "stems are marked" "$(marked "refunding cards")" "Refunds|card"
same "phrases are marked" "$(marked '"thirty days"')" "thirty days"
same "whole identifiers" "$(marked getuserbyid)" "getUserById"
same "parts of identifiers" "$(marked lookup user | tr '|' '\n' | sort -u | tr '\n' '|')" "User|lookup|user|users|"
same "diacritics" "$(marked naive cafe)" "Naïve|Café"
same "a sentence is not cut where it fits" "$(search --json --snippet 130 refunds | field 'd["hits"][0]["snippet"]["text"].replace("\n", " ")')" \
    "Refunds are paid to the card that was used, usually in five working days, though a bank may take longer."
same "what a vector found shows the closest sentence" \
    "$("$varve" search --json --mode vector --snippet 130 'money given back to the bank card' | field '[h["snippet"]["text"][:7] for h in d["hits"] if h["place"]["file"] == "policy.md"][0]')" "Refunds"

# Filters, and hits of one document.
mkdir "$src/old"
printf 'An old lamp.\n\n%s\n' "$(yes 'The straw is dry.' | head -400 | tr '\n' ' ')" >"$src/old/lamp.md"
touch -d '2020-03-01 12:00' "$src/old/lamp.md"
"$varve" sync >/dev/null 2>&1
found() { search --json "$@" lamp | field '" ".join(sorted({h["place"]["file"] for h in d["hits"]}))'; }
same "all" "$(found)" "old/lamp.md policy.md"
same "--until a day" "$(found --until 2020-03-01)" "old/lamp.md"
same "--since that day" "$(found --since 2020-03-01)" "old/lamp.md policy.md"
same "--since the next" "$(found --since 2020-03-02)" "policy.md"
same "--source by folder" "$(found --source "$src")" "old/lamp.md policy.md"
same "--source by name" "$(found --source source)" "old/lamp.md policy.md"
same "several types" "$(found --type py,md --path 'old/*')" "old/lamp.md"
search --since teatime lamp >/dev/null
same "no time" $? 2
search --source nowhere lamp >/dev/null
same "no source" $? 2
"$varve" context --until teatime lamp >/dev/null 2>&1
same "no time, for a context" $? 2
same "--per-document" "$(search --json --per-document 1 straw | field '[h["place"]["file"] for h in d["hits"]].count("old/lamp.md")')" 1
check "there are more" test "$(search --json straw | field '[h["place"]["file"] for h in d["hits"]].count("old/lamp.md")')" -gt 1
same "reciprocal ranks" "$("$varve" search --json --fusion rrf lamp | field 'len(d["hits"]) > 1')" True

# Citations, for programs and people.
same "a place is cited" "$(search --json refunds | field 'sorted(k for k in d["hits"][0]["place"])')" \
    "['boxes', 'committed_ms', 'document', 'end', 'file', 'generation', 'heading_path', 'media_type', 'modified_ms', 'path', 'position', 'range_of', 'revision', 'segment', 'source', 'start', 'title']"
same "when its file was looked at" "$(search --json refunds | python3 -c 'import json,sys,time; print(abs(json.load(sys.stdin)["checked_ms"] / 1000 - time.time()) < 60)')" True
same "the past is not looked at" "$(search --json --as-of 1 refunds | field '"checked_ms" in d')" False
printf 'item,price\nanchor,900\nrope,30\n' >"$src/prices.csv"
printf '# %s\n\nThe xylophone.\n' "$(yes 'A very long title' | head -60 | tr '\n' ' ')" >"$src/title.md"
"$varve" sync >/dev/null 2>&1
at_most "a title has an end" "$(search xylophone | sed -n 2p | wc -c)" 260

# Colours: on request, on a terminal, not in a file, not with NO_COLOR; a document's own codes are shown, never sent.
printf 'a \033[32mgreen\033[0m word\n' >"$src/green.txt"
"$varve" sync >/dev/null 2>&1
esc=$(printf '\033')
same "no codes in a pipe" "$(search word | grep -c "$esc")" 0
same "codes on request" "$(search --color always word | grep -c "$esc\[1;31mword$esc\[0m")" 1
same "the document's own are shown" "$(search --color always word | grep -c "$esc\[32m")" 0
if command -v script >/dev/null; then
    on_terminal() { script -qec "$1 '$varve' search --mode text word" /dev/null </dev/null; }
    same "codes on a terminal" "$(on_terminal 'env TERM=xterm' | grep -c "$esc\[1;31m")" 1
    same "NO_COLOR" "$(on_terminal 'env TERM=xterm NO_COLOR=1' | grep -c "$esc")" 0
    same "a dumb terminal" "$(on_terminal 'env TERM=dumb' | grep -c "$esc")" 0
fi
search --color pink word >/dev/null
same "a wrong --color" $? 2
search --snippet 3 word >/dev/null
same "a wrong --snippet" $? 2
"$varve" search ' ' >/dev/null 2>&1
same "a query of nothing" $? 2
"$varve" context '' >/dev/null 2>&1
same "a question of nothing" $? 2
# Of two texts that say the same, with a few words more in one: the one whose file changed is not quoted for the other.
words="The cormorant dries its wings on the mole after each dive, for they take up water, and flies home when the lamps are lit"
echo "$words." >"$src/wings.txt"
echo "$words: Featherstonehaugh." >"$src/wings-more.txt"
"$varve" sync >/dev/null 2>&1
shown() { search --json "$@" cormorant Featherstonehaugh | field '[(h["place"]["file"], h["text"].count("stonehaugh"), len(h["snippet"]["matches"]), len(h.get("also_in", []))) for h in d["hits"]]'; }
same "two that say the same are one hit" "$(shown)" "[('wings-more.txt', 1, 2, 1)]"
echo "Changed." >"$src/wings-more.txt"
same "what is left is quoted as it stands" "$(shown)" "[('wings.txt', 0, 1, 0)]"
same "and in a context" "$("$varve" context --mode text cormorant Featherstonehaugh 2>/dev/null | grep -c 'lit: Feather')" 0
"$varve" sync >/dev/null 2>&1
# What can't be written is said; that nobody reads any more is not.
if [ -w /dev/full ]; then
    "$varve" search lamp >/dev/full 2>"$top/err"
    same "a full disk behind standard output" "$? $(cat "$top/err")" "3 varve: cannot write standard output: No space left on device"
    "$varve" --help >/dev/full 2>/dev/null
    same "also of help" $? 3
fi
same "an option that there is not names the command" "$("$varve" search --nope 2>&1)" \
    "varve search: unrecognized option '--nope'"
same "a reader that goes away" "$(search lamp 2>&1 | true; echo "${PIPESTATUS[0]}")" 0
same "no standard output" "$(search lamp >&-; echo $?)" 0
"$varve" sync <&- >&- 2>&-
check "files don't take its number" "$varve" verify >/dev/null
finish
