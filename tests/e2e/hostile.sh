#!/bin/bash
# Documents made to do harm, in the small worker and in the large one: hostile.py.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

mkdir "$top/large"
cp -L "$varve" "$build/varve-extract" "$build/default.semb" "$build/embed.semb" "$top/large"
cp "$build/varve-extract" "$top/large/varve-extract-small"
hostile=$(dirname "$0")/hostile.py
export VARVE_BUILD=$build
python3 "$hostile" "$src" && python3 "$hostile" "$src" "$varve" "$top/large/varve"
