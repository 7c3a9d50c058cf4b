#!/bin/sh
# Compares what is extracted from each document in tests/golden/FORMAT with CASE.expected.
# CASE.everything.* is extracted with all that is left out by default.
# usage: tests/golden/run.sh BUILD_DIR [FORMAT ...]     GOLDEN=update writes the expected files
set -u
build=${1:?usage: run.sh BUILD_DIR [FORMAT ...]}
shift
here=$(dirname "$0")
[ $# -gt 0 ] || set -- $(cd "$here" && ls -d */ | tr -d /)
passed=0
failed=0
seen=$(mktemp -d)
trap 'rm -rf "$seen"' EXIT
for format in "$@"; do
    for file in "$here/$format"/*; do
        case $file in *.expected) continue ;; esac
        [ -f "$file" ] || continue
        name=$(basename "$file")
        everything=
        case $name in *.everything.*) everything=--everything ;; esac
        "$build/varve-extract" --file "$file" --name "$name" --format blocks --members $everything \
            >"$seen/out" 2>"$seen/err"
        status=$?
        # 0 and 2 are answers; anything else is a crash.
        [ $status = 0 ] || [ $status = 2 ] || echo "ended with status $status" >>"$seen/out"
        if [ "${GOLDEN:-}" = update ]; then
            cp "$seen/out" "$file.expected"
        fi
        if diff -u "$file.expected" "$seen/out" >"$seen/diff" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "not as expected: $format/$name"
            cat "$seen/diff" "$seen/err"
        fi
    done
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
