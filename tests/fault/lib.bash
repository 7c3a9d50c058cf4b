# Shared by tests/fault/*.sh: source it.
# shellcheck shell=bash
. "$(dirname "$0")/../lib.sh"

# run_python SCRIPT: prints "N passed, N failed", as the whole test. The shim can't stand before a
# sanitizer's run-time library, which wants to be the first.
run_python() {
    if nm "$varve" | grep -q __asan_init; then
        echo "sanitizer build: not under the shim"
        ok
        finish
    fi
    PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/$1" "$build" "$top"
    exit $?
}
