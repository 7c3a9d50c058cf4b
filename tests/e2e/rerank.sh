#!/bin/bash
# `search --rerank`: a plugin's second opinion, its failures, and rerank-http over a real server: rerank.py.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
here=$(realpath "$(dirname "$0")")

for n in 1 2 3 4 5; do echo "Sediment number $n settles in the lake$(printf ' slowly%.0s' $(seq $n))." >"$src/s$n.txt"; done
echo "Sediment that is secret lies in the lake." >"$src/hidden.txt"
"$varve" sync "$src" >/dev/null 2>&1
cp "$VARVE_KB/varve.conf" "$top/conf"
order() { "$varve" search --json --mode text "$@" 2>"$top/err" | field '" ".join(h["place"]["file"][:2] for h in d["hits"])'; }
plugin() {
    cp "$top/conf" "$VARVE_KB/varve.conf"
    printf '[rerank]\nplugin = %s\nseconds = %s\n%s\n' "$1" "${2:-20}" "${3:-}" >>"$VARVE_KB/varve.conf"
}
# Scores by how often "slowly" comes, or by a fault.
cat >"$top/rank.py" <<'PY'
#!/usr/bin/env python3
import json, os, sys, time
fault = sys.argv[1] if len(sys.argv) > 1 else ""
log = open(os.path.dirname(os.path.abspath(__file__)) + "/asked", "a")
for line in sys.stdin:
    d = json.loads(line)
    if "hello" in d:
        if fault == "mute": time.sleep(60)
        if fault == "error": print(json.dumps({"error": "no model at '/srv'"}), flush=True); sys.exit(1)
        print(json.dumps({"hello": {"protocol": 1, "name": "rank", "model": "slow-1", "cookie": d["hello"]["cookie"],
            "max_batch": 2 if fault == "small" else 64, "role": d["hello"]["role"]}}), flush=True)
        continue
    log.write(line); log.flush()
    if fault == "hang": time.sleep(60)
    if fault == "crash": os._exit(3)
    if fault == "change": open(os.environ["LANG_FILE"], "w").write("changed")
    scores = [float(t.count("slowly")) for t in d["texts"]]
    if fault == "few": scores = scores[:-1]
    if fault == "nan": scores[0] = float("nan")
    if fault == "word": scores[0] = "high"
    if fault == "refuse": scores[0] = {"error": "too long"}
    if fault == "no": print(json.dumps({"id": d["id"], "error": "out of credit"}), flush=True); continue
    if fault == "alive": print('{"progress":"thinking"}', flush=True)
    print(json.dumps({"id": d["id"] + (fault == "other"), "scores": scores}), flush=True)
PY
chmod 755 "$top/rank.py"

first=$(order sediment)
same "no reranker is named" "$("$varve" search --rerank sediment 2>&1 | grep -c 'name one as .plugin. in \[rerank\]')" 1
plugin "$top/rank.py"
same "off by default" "$(order sediment)" "$first"
check "and not started" test ! -e "$top/asked"
same "the plugin's order" "$(order --rerank sediment)" "s5 s4 s3 s2 s1 hi"
same "only of the first hits" "$(order --rerank=1 sediment)" "$first"
same "scores are told" "$("$varve" search --json --mode text --rerank sediment | field 'd["hits"][0]["rerank_score"], d["rerank"]["model"], d["rerank"]["hits"]')" "(5, 'slow-1', 6)"
same "and to people" "$("$varve" search --mode text --rerank sediment | grep -c 'reranked 5.000 from')" 1
same "the best of two" "$(order --rerank -n 2 sediment)" "s5 s4"
words="The gannet folds its wings and falls from a height of thirty metres upon the herring that it saw from above the bay"
echo "$words." >"$src/gannet.txt"
echo "$words: Throckmorton." >"$src/gannet-more.txt"
"$varve" sync >/dev/null 2>&1
echo "Changed." >"$src/gannet-more.txt"
rm "$top/asked"
order --rerank gannet Throckmorton diver sediment >/dev/null
same "what changed is not told to the plugin" "$(grep -o 'above the bay[^"]*' "$top/asked")" "above the bay."
rm "$src"/gannet*
mkdir "$top/deep"
for n in $(seq 150); do echo "Alluvium of $n." >"$top/deep/$n.txt"; done
"$varve" sync "$top/deep" >/dev/null 2>&1
cp "$VARVE_KB/varve.conf" "$top/conf"
same "as many as are wanted" "$("$varve" search --json --mode text --rerank=140 alluvium | field 'd["rerank"]["hits"]')" 140
same "context takes the order" "$("$varve" context --mode text --rerank --format json sediment | field 'd["sources"][0]["place"]["file"]')" s5.txt
# eval measures both orders, and asks one process about all questions.
printf '%s\n' 'sediment	s5.txt' 'sediment lake	s5.txt' >"$top/questions"
rm -f "$top/asked"
"$varve" eval --json --mode text --rerank "$top/questions" >"$top/eval"
same "both are measured" "$(field 'len(d["runs"]), d["runs"][0]["mrr@10"]["mean"] < 1, "rerank" in d["runs"][0]' <"$top/eval")" "(2, True, False)"
same "ranked again" "$(field 'd["runs"][1]["mrr@10"]["mean"], d["runs"][1]["rerank"], d["runs"][1]["against_first"]["mrr@10"]["mean"] > 0' <"$top/eval")" \
    "(1, {'model': 'slow-1', 'failures': 0, 'problem': ''}, True)"
same "by one process" "$(grep -c '"id":2,' "$top/asked")" 1
check "a gate is for what is ranked again" "$varve" eval --mode text --rerank --min mrr@10=1 "$top/questions" >"$top/out"
check "and says so" grep -q "^text .*reranked" "$top/out"
plugin "$top/rank.py crash"
same "a failure is told" "$("$varve" eval --mode text --rerank "$top/questions" 2>&1 >/dev/null | grep -c 'of 2 questions the reranker failed in 2')" 1
plugin "$top/rank.py small"
same "several requests" "$(order --rerank sediment)" "s5 s4 s3 s2 s1 hi"
plugin "$top/rank.py alive"
same "signs of life" "$(order --rerank sediment)" "s5 s4 s3 s2 s1 hi"
plugin "$top/rank.py refuse"
same "what has no score is last" "$(order --rerank sediment | awk '{print $NF}')" "${first%% *}"
for fault in crash few nan word no other error; do
    plugin "$top/rank.py $fault"
    same "$fault: the first order" "$(order --rerank sediment)" "$first"
    check "$fault: is said" test -n "$("$varve" search --json --mode text --rerank sediment | field 'd["rerank"]["problem"]')"
done
for fault in hang mute; do
    plugin "$top/rank.py $fault" 1
    start=$(date +%s%N)
    same "$fault: the first order" "$(order --rerank sediment)" "$first"
    at_most "$fault: in time" $((($(date +%s%N) - start) / 1000000)) 4000
    check "$fault: is said" sh -c "'$varve' search --mode text --rerank sediment 2>&1 >/dev/null | grep -q 'the first ranking stands: no answer within 1 s'"
done
plugin /no/such/program
same "a program that is not there" "$(order --rerank sediment)" "$first"

# What a caller may not read never goes to the plugin; what changed while it thought is not given.
plugin "$top/rank.py"
if [ "$(id -u)" = 0 ]; then
    chmod 600 "$src/hidden.txt"
    rm -f "$top/asked"
    same "for someone else" "$(order --rerank --as nobody sediment)" "s5 s4 s3 s2 s1"
    same "what they may not read is not asked about" "$(grep -c secret "$top/asked")" 0
    chmod 644 "$src/hidden.txt"
    "$varve" sync >/dev/null 2>&1
fi
plugin "$top/rank.py change" 20 "pass = LANG_FILE"
export LANG_FILE=$src/s5.txt
same "what changed meanwhile is left out" "$(order --rerank sediment)" "s4 s3 s2 s1 hi"
unset LANG_FILE

check "the template keeps the protocol" sh -c "'$varve' plugin test --role rerank '$here/../../plugins/template/rerank_template.py' | grep -q ', 0 failed'"
"$varve" plugin test --role rerank "$top/rank.py" few >/dev/null 2>&1
same "a plugin that does not is told" $? 1
"$varve" plugin test --role drummer true >/dev/null 2>&1
same "an unknown role" $? 2
out=$(python3 "$here/rerank.py" "$build") || echo "$out"
passed=$((passed + $(echo "$out" | tail -1 | cut -d' ' -f1)))
failed=$((failed + $(echo "$out" | tail -1 | cut -d' ' -f3)))
finish
