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
    for part in fault-shim.so fault-migrate; do
        [ -e "$build/tests/$part" ] && continue
        echo "no $build/tests/$part: 'make check-built' builds it" >&2
        exit 2
    done
    PYTHONDONTWRITEBYTECODE=1 python3 "$(dirname "$0")/$1" "$build" "$top"
    exit $?
}
