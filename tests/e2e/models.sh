#!/bin/bash
# A second embedding model is built beside the one that is searched, takes over in one commit, and
# makes way again; with a daemon and without, and over kill -9.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
other=$root/plugins/template/embed_template.py

for i in $(seq 40); do
    printf '# Note %d\n\nThe %dth layer was laid down in spring, and counted in winter.\n' "$i" "$i" >"$src/$i.md"
done
# searched: the name of the model whose vectors are searched
searched() { "$varve" model list --json | field '[m["name"] for m in d if m["state"]=="searched"][0]'; }
models() { "$varve" model list --json | field '" ".join(m["state"]+":"+str(m["waiting"]) for m in d)'; }
vector_hits() { "$varve" search --json --mode vector "layers in spring" | field 'len(d["hits"]), d["note"]'; }

check "a first pass" "$varve" sync --json "$src" >/dev/null 2>&1
first=$(searched)
check "it can be searched by vector" [ "$(vector_hits)" = "(10, '')" ]

# without a daemon
check "built beside" "$varve" model build "$other" >"$top/out" 2>&1
same "what is searched stays" "$(searched)" "$first"
same "both are complete" "$(models)" "searched:0 built:0"
check "the index agrees with itself" verify_clean --deep
echo "A page that came while two models were kept." >"$src/new.md"
"$varve" sync >/dev/null 2>&1
same "what comes later gets both models' vectors" "$(models)" "searched:0 built:0"
check "switched" "$varve" model switch "$other" >"$top/out" 2>&1
check "the other one is searched" [ "$(searched)" != "$first" ]
same "vector search goes on" "$(vector_hits)" "(10, '')"
check "varve.conf names it" grep -qxF "plugin = $other" "$VARVE_KB/varve.conf"
check "the index agrees with itself" verify_clean --deep
check "rolled back" "$varve" model rollback >"$top/out" 2>&1
same "the first one is searched again" "$(searched)" "$first"
same "vector search goes on" "$(vector_hits)" "(10, '')"
check "the other one is dropped" "$varve" model drop 2 >"$top/out" 2>&1
same "it is gone" "$(models)" "searched:0"
check "the one that is searched can't be dropped" [ "$("$varve" model drop 1 2>&1 | grep -c 'in use')" = 1 ]
check "the index agrees with itself" verify_clean --deep

# fitted to the collection: English prose that is on every machine would do, but ours is enough
mkdir "$src/prose"
split -l 12 --additional-suffix=.txt "$root/docs/architecture.md" "$src/prose/a-"
split -l 12 --additional-suffix=.txt "$root/README.md" "$src/prose/r-"
split -l 12 --additional-suffix=.txt "$root/docs/chunking.md" "$src/prose/c-"
"$varve" sync >/dev/null 2>&1
"$varve" model adapt --dry-run --json >"$top/dry" 2>/dev/null
case $? in 0 | 1) ok ;; *) no "adapt --dry-run" ;; esac
same "a dry run changes nothing" "$(searched)" "$first"
"$varve" model adapt --json >"$top/adapted" 2>/dev/null
if [ $? = 0 ]; then
    check "what helps is taken over" [ "$(searched)" != "$first" ]
    same "vector search goes on" "$(vector_hits)" "(10, '')"
    check "rolled back" "$varve" model rollback >"$top/out" 2>&1
else
    same "what does not help changes nothing" "$(searched)" "$first"
fi
same "it judged alike twice" "$(field 'd["after"]' <"$top/adapted")" "$(field 'd["after"]' <"$top/dry")"
check "the index agrees with itself" verify_clean --deep

# a gate: what does not pass is not searched
printf '{"question":"what was counted in winter","documents":["1.md","2.md"]}\n' >"$top/questions.jsonl"
"$varve" model switch --eval "$top/questions.jsonl" --min recall@depth=1.5 "$other" >"$top/out" 2>&1
same "a gate that can't be passed" "$?" 1
same "what is searched stays" "$(searched)" "$first"
check "a gate that is passed" "$varve" model switch --eval "$top/questions.jsonl" --min recall@depth=0.01 "$other" >"$top/out" 2>&1
check "the other one is searched" [ "$(searched)" != "$first" ]
check "rolled back" "$varve" model rollback >"$top/out" 2>&1
all=$("$varve" model list --json | field '",".join(str(m["model"]) for m in d)')
check "models are compared" [ "$("$varve" eval --json --mode vector --model "$all" "$top/questions.jsonl" | field 'len(d["runs"]) > 1, "against_first" in d["runs"][1]')" = "(True, True)" ]

# a command whose model became another one: the one before can't be had any more, and that is said
cp "$other" "$top/changing.py"
check "built and searched" "$varve" model switch "$top/changing.py" >"$top/out" 2>&1
sed -i 's,word-hash-64/1,word-hash-64/changed,' "$top/changing.py"
"$varve" sync >/dev/null 2>&1
"$varve" model rollback >"$top/out" 2>"$top/err"
same "a model that is no more" "$?,$(grep -c "can't be had any more" "$top/err")" "3,1"
same "vector search goes on" "$(vector_hits)" "(10, '')"
check "another one is searched again" "$varve" model switch 1 >"$top/out" 2>&1
same "the first" "$(searched)" "$first"

# with one, killed on the way; the plugin takes its time
cat >"$top/slow.py" <<PY
#!/usr/bin/env python3
import subprocess, sys, time
plugin = subprocess.Popen(["$other"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
for line in sys.stdin.buffer:
    time.sleep(0.1)
    plugin.stdin.write(line)
    sys.stdout.buffer.write(plugin.stdout.readline())
    sys.stdout.buffer.flush()
PY
chmod +x "$top/slow.py"
daemon_start
"$varve" model switch --no-wait "$top/slow.py" >"$top/out" 2>&1
for i in 1 2 3; do
    sleep 0.$((i * 2))
    kill -9 "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    same "vector search goes on after kill -9, by whichever model" "$(vector_hits)" "(10, '')"
    check "the index agrees with itself after kill -9" verify_clean
    daemon_start
    echo "Written zwischendurch, the ${i}th time." >"$src/between-$i.md"
done
check "it takes over in the end" "$varve" model switch "$top/slow.py" >"$top/out" 2>&1
check "another model is searched" [ "$(searched)" != "$first" ]
same "what was written meanwhile is there" "$(fresh zwischendurch | wc -l)" 3
check "rolled back by the daemon" "$varve" model rollback >"$top/out" 2>&1
same "the first one is searched again" "$(searched)" "$first"
check "a plugin that does not work is told of" [ "$("$varve" model build /nowhere/plugin 2>&1 | grep -c 'No such file')" = 1 ]
"$varve" model switch /nowhere/plugin >"$top/out" 2>&1
same "a switch to it fails" $? 3
check "and says what stands in varve.conf now" grep -q "'varve model stop' gives it up" "$top/out"
check "it is given up" "$varve" model stop
check "varve.conf names what is searched" [ "$(grep -c nowhere "$VARVE_KB/varve.conf")" = 0 ]
check "given up" "$varve" model stop
same "and nothing is built" "$("$varve" model list --json | field 'sum(m["state"].startswith("buil") for m in d)')" 0
daemon_stop
check "the index agrees with itself at the end" verify_clean --deep
finish
