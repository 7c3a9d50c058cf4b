#!/bin/bash
# Damage to a real knowledge base: found, mended, read again, and found by a search as before.
. "$(dirname "$0")/../lib.sh"

"$varve" init "$src" >/dev/null 2>&1
for i in $(seq 30); do printf '# Note %d\n\nIt is about kumquat%d.\n\nAnd more of it.\n' "$i" "$i" >"$src/$i.md"; done
mkdir "$top/in" && echo "In the archive lies a medlar." >"$top/in/medlar.txt"
tar -C "$top/in" -czf "$src/a.tar.gz" medlar.txt
"$varve" sync >/dev/null 2>&1
found() { "$varve" search --json --mode text "+$1" 2>/dev/null | field 'len(d["hits"])'; }
damage() {
    python3 - "$VARVE_KB/index.db" "$1" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.argv[2])
db.commit()
PY
}
"$varve" verify --repair >"$top/out" 2>&1
same "nothing is wrong" $? 0
check "and nothing mended" test "$(grep -c mended "$top/out")" = 0

damage "UPDATE revision SET layout = x'00' WHERE document_id IN (SELECT document_id FROM document WHERE path = CAST('7.md' AS BLOB))"
"$varve" verify >/dev/null 2>&1
same "a damaged layout is found" $? 1
"$varve" verify --repair >"$top/out" 2>"$top/err"
same "and mended" $? 0
check "the document is to be read again" grep -q '1 documents are read again' "$top/err"
same "it is not found meanwhile" "$(found kumquat7)" 0
"$varve" sync >/dev/null 2>&1
same "it is found again" "$(found kumquat7)" 1
check "verify finds nothing" verify_clean --deep

damage "UPDATE model SET fusion_weight = fusion_weight * 2"
"$varve" verify --deep >"$top/out" 2>&1
same "a model that is not as its plugin says is found" $? 1
check "and named" grep -q "model: the weight" "$top/out"
"$varve" sync >/dev/null 2>&1
check "the plugin's is taken" verify_clean --deep

damage "UPDATE vector SET data = (SELECT data FROM vector ORDER BY vector_id DESC) WHERE vector_id = (SELECT min(vector_id) FROM vector)"
"$varve" verify --deep >"$top/out" 2>&1
same "a vector of another text is found" $? 1
check "since the model gives another" grep -q "is not what the model gives for it" "$top/out"
"$varve" verify --repair >"$top/out" 2>&1
same "it is mended" $? 0
check "that vector, and what it was in" grep -q "mended  1 vectors that are wrong" "$top/out"
same "its text waits for another" "$(status_field 'd["waiting_segments"]')" 1
"$varve" sync --json >"$top/sync.json" 2>/dev/null
same "and gets it" "$(status_field 'd["waiting_segments"]')" 0
check "verify finds nothing" verify_clean --deep

damage "UPDATE model SET plugin = 'embed-none'"
"$varve" verify --deep >"$top/out" 2>&1
same "a plugin that is missing is nothing wrong" $? 0
check "but said" grep -q "no vector was embedded again: .*embed-none" "$top/out"
damage "UPDATE model SET plugin = 'embed-static'"

damage "UPDATE text SET data = x'00' WHERE name = (SELECT max(name) FROM text WHERE name <= (SELECT min(input_id) FROM segment JOIN document USING(document_id) WHERE member <> x''))"
"$varve" verify --repair >/dev/null 2>&1
same "the text of a member is mended" $? 0
"$varve" sync >/dev/null 2>&1
same "the archive is read again" "$(found medlar)" 1
check "verify finds nothing" verify_clean --deep

daemon_start || no "start"
"$varve" verify --repair >/dev/null 2>"$top/err"
same "not beside the daemon" $? 3
daemon_stop

: >"$VARVE_KB/questions.db" # which knows documents by their ids
printf 'no database any more, all of it' | dd of="$VARVE_KB/index.db" conv=notrunc 2>/dev/null
"$varve" verify >/dev/null 2>&1
same "a broken database can't be checked" $? 3
"$varve" verify --repair >/dev/null 2>"$top/err"
same "an empty one is begun" $? 0
check "and it is said" grep -q 'reads all documents again' "$top/err"
check "the old one is aside" test -f "$(echo "$VARVE_KB"/aside-*/index.db)"
check "and what was asked of it" test -f "$(echo "$VARVE_KB"/aside-*/questions.db)"
check "not beside the new one" test ! -e "$VARVE_KB/questions.db"
"$varve" sync >/dev/null 2>&1
same "all is found again" "$(found kumquat9)" 1
check "verify finds nothing" verify_clean --deep
finish
