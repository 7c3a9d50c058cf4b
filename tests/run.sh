#!/bin/bash
# All tests of a build: tests/run.sh BUILD_DIR. FULL=1 in the environment runs the long ones too.
# The last line is "N passed, N failed", over everything.
set -u
build=${1:?usage: tests/run.sh BUILD_DIR}
here=$(dirname "$0")
build=$(realpath "$build")
logs=$build/test-logs
mkdir -p "$logs"
export VARVE_BUILD=$build
passed=0 failed=0
seconds=${TEST_SECONDS:-${FULL:+3600}}
seconds=${seconds:-900} # for one test

# count NAME LOG STATUS: adds what the log's runner said of itself.
count() {
    local p f
    p=$(grep -oE '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1 | cut -d' ' -f1)
    f=$(grep -oE '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1 | cut -d' ' -f3)
    if [ -z "$p" ]; then # cmocka
        p=$(grep -oE '\[  PASSED  \] [0-9]+' "$2" | tail -n 1 | grep -oE '[0-9]+$')
        f=$(grep -oE '\[  FAILED  \] [0-9]+' "$2" | tail -n 1 | grep -oE '[0-9]+$')
    fi
    p=${p:-0} f=${f:-0}
    [ "$3" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    [ "$p" -gt 0 ] || [ "$f" -gt 0 ] || f=1 # a runner that ran nothing has failed
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$f" -gt 0 ]; then
        printf 'FAIL  %s: %d passed, %d failed\n' "$1" "$p" "$f"
        grep -vE '^\[( RUN|       OK|==========)' "$2" | tail -n 60 | sed 's/^/      /'
    else
        printf 'ok    %s: %d passed\n' "$1" "$p"
    fi
}

# run NAME COMMAND ...
run() {
    local name=$1 log status
    log=$logs/$(printf '%s' "$1" | tr '/' '_').log
    shift
    timeout "$seconds" "$@" >"$log" 2>&1 </dev/null
    status=$?
    count "$name" "$log" $status
}

for test in "$build"/tests/test_*; do
    [ -x "$test" ] && [ -f "$test" ] && run "unit/$(basename "$test")" "$test"
done
for fuzz in "$build"/tests/fuzz_*; do
    [ -x "$fuzz" ] && [ -f "$fuzz" ] && case $fuzz in *.o | *.d) ;; *)
        run "fuzz/$(basename "$fuzz")" "$fuzz" "${FUZZ_ROUNDS:-20}" "$here/golden" "$here/../demo" ;;
    esac
done
run folders sh -c "$here/check-deps.sh && echo '1 passed, 0 failed'"
run golden "$here/golden/run.sh" "$build"
for script in "$here"/e2e/*.sh "$here"/crash/*.sh "$here"/fault/*.sh; do
    [ -x "$script" ] && run "${script#"$here"/}" "$script" "$build"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
