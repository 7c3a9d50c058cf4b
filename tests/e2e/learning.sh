#!/bin/bash
# Learning from use: questions are kept only when wanted, bounded, judged, listed, exported with where
# their texts stand, by permission, and forgotten without a trace.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for i in 1 2 3 4 5 6; do
    printf '# Manual %d\n\n## Filters of pump %d\n\nThe filter of pump %d is changed every %d weeks, by two people who know how, and the old one goes to the workshop.\n' \
        $i $i $i $((i + 1)) >"$src/pump$i.md"
done
printf '# Anchors\n\n## Anchor chains\n\nAn anchor chain is measured in shackles of fifteen fathoms each, and painted at every shackle so that it can be counted.\n' >"$src/anchor.md"
"$varve" sync "$src" >/dev/null 2>&1
ask() { "$varve" search --json "$@" 2>>"$top/log"; }
export_lines() { "$varve" export --training "$@" 2>>"$top/log"; }
lines() { python3 -c 'import json,sys
d=[json.loads(line) for line in sys.stdin]
print(eval(sys.argv[1]))' "$1"; }

# ---- not wanted: nothing is written ----
ask pump filter >/dev/null
same "no question is kept unasked" "$(ls "$VARVE_KB" | grep -c questions)" 0
for command in questions failures; do
    "$varve" "$command" --kb "$top/nowhere" >/dev/null 2>"$top/err"
    same "$command of no knowledge base" "$? $(grep -c "no knowledge base in .*/nowhere" "$top/err")" "3 1"
done
"$varve" failures >/dev/null 2>"$top/err"
same "and it says how to keep them" "$?,$(grep -c 'log = yes' "$top/err")" 3,1

printf '\n[learning]\nlog = yes\nquestions = 5\n' >>"$VARVE_KB/varve.conf"
same "a question has a number" "$(ask how long is an anchor chain | field 'd["question_id"]')" 1
"$varve" context which filter for pump 3 >/dev/null 2>&1
ask --mode text quinquereme >/dev/null
ask "unrelated zeppelin mooring mast price" >/dev/null
same "all are listed, newest first" "$("$varve" questions --json | field '[q["question_id"] for q in d["questions"]]')" "[4, 3, 2, 1]"
same "what found nothing, or nothing near" "$("$varve" failures --json | field 'sorted((q["question"], q["failure"]) for q in d["failures"])')" \
    "[('quinquereme', 'nothing found'), ('unrelated zeppelin mooring mast price', 'no hit has half of its words')]"
"$varve" failures >/dev/null
same "failures are something found" $? 1

# ---- feedback ----
good=$("$varve" search --json how long is an anchor chain | field '[i + 1 for i, h in enumerate(d["hits"]) if "anchor" in h["place"]["file"]][0]')
"$varve" feedback --answer 'Fifteen fathoms a shackle.' good "$good" >/dev/null
same "the last question is the one meant" "$("$varve" questions --json | field '[(q["good"], q["answer"]) for q in d["questions"] if q["question_id"] == 5]')" "[(1, 'Fifteen fathoms a shackle.')]"
"$varve" feedback --question 2 none >/dev/null
same "what nobody was served by" "$("$varve" failures --json | field '[q["failure"] for q in d["failures"] if q["question_id"] == 2]')" "['no hit is good']"
"$varve" feedback --question 2 good 1 >/dev/null
same "is taken back" "$("$varve" failures --json | field '[q["failure"] for q in d["failures"] if q["question_id"] == 2]')" "[]"
"$varve" feedback --question 2 good 40 >/dev/null 2>"$top/err"
same "a hit that was not there" "$?,$(grep -c 'no hit 40' "$top/err")" 3,1
verdicts() { "$varve" questions --json | field '[(q["good"], q["bad"], q["answer"]) for q in d["questions"] if q["question_id"] == 2]'; }
said=$(verdicts)
"$varve" feedback --question 2 --answer 'Half of it.' bad 1 40 >/dev/null 2>&1
same "then nothing of it is noted" "$(verdicts)" "$said"
"$varve" feedback --question 2 --answer "$(yes x | head -40000)" bad 1 >/dev/null 2>&1
same "nor with an answer that is too long" "$(verdicts)" "$said"
same "questions are for their owner" "$(stat -c %a "$VARVE_KB/questions.db")" 600
same "today's are listed" "$("$varve" questions --json --since today | field 'd["count"]')" 5
"$varve" failures --since sometimes >/dev/null 2>&1
same "that is no time" $? 2
same "today's are not older than today" "$("$varve" questions --forget-before today)" "0 questions forgotten"
"$varve" feedback good >/dev/null 2>&1
same "good what?" $? 2
"$varve" feedback --question 77 none >/dev/null 2>&1
same "no such question" $? 3

# ---- export ----
same "a pair for each heading and judged question" "$(export_lines pairs | lines 'sorted({x["origin"] for x in d}), len(d) >= 9, all(x["provenance"]["path"] and x["provenance"]["revision"] for x in d)')" "(['heading', 'question'], True, True)"
same "the good hit is the positive" "$(export_lines pairs --only-questions | lines '[x["positive"].count("fathoms") for x in d if x["query"].startswith("how long")]')" "[1]"
same "hard negatives are near, and not of the section" "$(export_lines triples | lines 'any("Manual 3" in x["query"] and 0 < len(x["negatives"]) <= 5 and all("pump 3" not in n["text"] for n in x["negatives"]) for x in d)')" True
same "no more than wanted" "$(export_lines triples --negatives 2 | lines 'max(len(x["negatives"]) for x in d)')" 2
same "an answer makes a chat" "$(export_lines chat --only-questions | lines '[(x["answer"], [m["role"] for m in x["messages"]], "fathoms" in x["context"][0]["text"]) for x in d if x["question"].startswith("how long") and x["answer"]]')" \
    "[('Fifteen fathoms a shackle.', ['system', 'user', 'assistant'], True)]"
same "what failed is left to a person" "$(export_lines chat --only-questions | lines 'sorted((x["question"], x["answer"], x.get("failed"), "messages" in x) for x in d if x.get("failed"))')" \
    "[('quinquereme', None, True, False), ('unrelated zeppelin mooring mast price', None, True, False)]"
same "the same twice" "$(export_lines triples | md5sum)" "$(export_lines triples | md5sum)"
echo 'changed' >>"$src/anchor.md"
same "a file that changed gives nothing" "$(export_lines chat | lines 'any("fathoms" in c["text"] for x in d for c in x["context"])')" False
"$varve" sync >/dev/null 2>&1

# ---- permissions ----
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1; then
    chmod 755 "$src"
    chmod 644 "$src"/*
    chmod 600 "$src/anchor.md"
    "$varve" sync >/dev/null 2>&1
    same "only what they may read, and asked" "$(export_lines pairs --as nobody | lines 'len(d) > 0, any("anchor" in x["provenance"]["file"] for x in d), any(x["origin"] == "question" for x in d)')" "(True, False, False)"
else
    ok
fi

sources=$("$varve" context --format json --budget 160 --mode text pump filter weeks | field '[s["place"]["segment"] for s in d["sources"]]')
check "some of the hits are sources" test "$(wc -w <<<"$sources")" -gt 1
same "a rank is that of a source" "$("$varve" questions --json | field 'd["questions"][0]["hits"]')" "$(wc -w <<<"$sources")"

# ---- bounded, and erasable ----
for i in 1 2 3 4 5 6 7 8; do ask --mode text "pump $i" >/dev/null; done
same "the newest are kept" "$("$varve" questions --json | field 'd["count"]')" 5
"$varve" questions --forget "$("$varve" questions --json | field 'd["questions"][0]["question_id"]')" >/dev/null
same "one is forgotten" "$("$varve" questions --json | field 'd["count"]')" 4
ask --mode text xylophone canary anchor chain fathoms >/dev/null
"$varve" erase "$src/anchor.md" >"$top/erase" 2>&1
check "the erased document's questions are told" grep -q 'questions  *[1-9]' "$top/erase"
same "and nowhere any more" "$(grep -rlaic xylophone "$VARVE_KB" | wc -l)" 0
ask --mode text marimba secret >/dev/null
"$varve" questions --forget-before now >/dev/null
same "all are forgotten" "$("$varve" questions --json | field 'd["count"]'),$(grep -rlaic marimba "$VARVE_KB" | wc -l)" 0,0
check "and the index is whole" "$varve" verify
finish
