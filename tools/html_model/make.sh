#!/bin/sh
# Makes extractors/html/html_model_table.h again: tools/html_model/make.sh EVAL_DIR [WORK_DIR]
# EVAL_DIR/tools has sets.py and the sets of pages with their truths (see README.md).
set -eu
eval_dir=${1:?usage: make.sh EVAL_DIR [WORK_DIR]}
work=${2:-build/html_model}
here=$(dirname "$0")
build=build/release
mkdir -p "$work"
make -s "$build/libextract.a" "$build/libcore.a"
libraries=$(pkg-config --libs sqlite3 libzstd jansson nettle inih icu-uc icu-i18n libseccomp \
    poppler-glib cairo libdeflate libarchive libmagic uchardet gmime-3.0)
for tool in dump held; do
    # shellcheck disable=SC2086
    gcc -O2 -std=c17 -D_GNU_SOURCE -I. "$here/$tool.c" "$build/libextract.a" "$build/libcore.a" \
        $libraries -lcmark-gfm-extensions -lcmark-gfm -lz -lm -o "$work/$tool"
done
gcc -O3 -march=native -ffast-math -std=c17 -D_GNU_SOURCE "$here/train.c" -lm -o "$work/train"
for set in aeb wcxb_dev traf readab docling_html kgt_html; do
    python3 "$eval_dir/tools/sets.py" --list "$set" | sed "s/^/$set|/"
done >"$work/pages"
"$work/dump" "$work/pages" "$work/x" 2>"$work/width"
python3 "$here/label.py" "$eval_dir/tools" "$work/x"
"$work/train" "$work/x" "$(cut -d' ' -f1 "$work/width")" 300 12 0.06 1.0 0 "$work/model"
"$work/held" "$work/pages" "$work/x" "$work/texts"
python3 "$here/judge.py" "$eval_dir/tools" "$work/texts"
python3 "$here/pack.py" "$work/model" >extractors/html/html_model_table.h
