#!/bin/sh
# Trains the built-in embedding model again: make.sh BUILD_DIR WORK [BASE [SIZE]]   (make train-model WORK=DIR)
# BASE is the model whose tokens and rows it begins with; "-" begins with random rows. WORK/model.semb is the
# result; WORK/sources.txt has names and versions of the packages. Steps whose results are there are not done again.
set -eu
build=${1:?usage: make.sh BUILD_DIR WORK [BASE [SIZE]]}
work=${2:?usage: make.sh BUILD_DIR WORK [BASE [SIZE]]}
here=$(dirname "$0")
base=${3:-models/default.semb}
size=${4:-53500}
dropped=${DROP-26000 36000} # of the base's tokens; its rarest words: behind them are parts of words
export PYTHONHASHSEED=0 LC_ALL=C.UTF-8

step() { # step RESULT COMMAND...: the result is there whole or not at all
    [ -e "$work/$1" ] && return
    echo "make.sh: $1" >&2
    result=$1
    shift
    "$@" >"$work/$result.part"
    mv "$work/$result.part" "$work/$result"
}
mkdir -p "$work"
[ -e "$work/list" ] || cp "$here/packages.txt" "$work/list"
[ -e "$work/sources.txt" ] || "$here/fetch.sh" "$work" "$work/list"
step passages.tsv nice python3 "$here/passages.py" "$work" "$build/varve-extract"
step words nice "$build/train-model" words <"$work/passages.tsv"
step arranged.tsv nice python3 "$here/arrange.py" <"$work/passages.tsv"
passages=arranged.tsv
if [ -n "${SHARE:-}" ]; then # one block in so many
    passages=arranged-$SHARE.tsv
    step "$passages" awk -v share="$SHARE" 'int((NR - 1) / 256) % share == 0' "$work/arranged.tsv"
fi
# shellcheck disable=SC2086
[ -e "$work/start.semb" ] ||
    nice python3 "$here/vocabulary.py" "$base" "$size" "$work/start.semb" $dropped <"$work/words"
# English rows of a base stay as they are; random ones have to move further.
[ "$base" = - ] && default='6 0.02 256' || default='1 0.0015 256 30000 0'
# shellcheck disable=SC2086
nice "$build/train-model" fit "$work/start.semb" "$work/$passages" "$work/model.semb" ${FIT:-$default}
sha256sum "$work/model.semb"
