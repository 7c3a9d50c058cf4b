#!/bin/bash
# Every embedding plugin that comes with varve passes `varve plugin test`; programs that are none fail it.
set -u
build=$1
root=$(dirname "$0")/../..
passed=0 failed=0

# expect STATUS TEXT COMMAND ...: the test's exit status, and what its output must hold.
expect() {
    local wanted=$1 text=$2 output status
    shift 2
    output=$("$build/varve" plugin test --timeout 20 -- "$@" 2>&1)
    status=$?
    if [ "$status" -eq "$wanted" ] && grep -qF -- "$text" <<<"$output"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'FAIL  %s: status %s instead of %s\n%s\n' "$*" "$status" "$wanted" "$output"
    fi
}

expect 0 ', 0 failed' "$build/embed-static" "$root/models/default.semb"
expect 0 ', 0 failed' "$build/embed-static" "$root/models/embed.semb"
expect 0 ', 0 failed' "$build/embed-static"
expect 0 ', 0 failed' "$root/plugins/template/embed_template.py"
if command -v jq >/dev/null; then
    expect 0 ', 0 failed' "$root/plugins/template/embed_template.sh"
fi
expect 1 "there is no 'name'" cat
expect 1 'ended with status 1' false
expect 1 'No such file or directory' /nowhere/plugin
expect 1 "'model' of 1 to 63 bytes" python3 -c '
import json
hello = json.loads(input())["hello"]
print(json.dumps({"hello": {"protocol": 1, "name": "x", "cookie": hello["cookie"]}}))'
expect 1 "the same text has the same vector, alone or in a batch: cosine" python3 -c '
import json, random, sys
for line in sys.stdin:
    request = json.loads(line)
    if "hello" in request:
        answer = {"hello": {"protocol": 1, "name": "x", "cookie": request["hello"]["cookie"], "model": "dice",
                            "dimensions": 4, "fingerprint": "1"}}
    else:
        answer = {"id": request["id"], "vectors": [[random.random() - 0.5 for _ in range(4)] for _ in request["texts"]]}
    print(json.dumps(answer), flush=True)'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
