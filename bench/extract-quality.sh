#!/bin/sh
# How much of real documents is extracted, and how well: each set's scores beside those of the best
# other extractor on the same documents, with CPU seconds.
# usage: EVAL=FOLDER bench/extract-quality.sh BUILD_DIR [SET ...]
# EVAL holds the sets and, in tools/, run_extract.py and score.py.
set -eu
build=$(realpath "${1:?usage: EVAL=FOLDER bench/extract-quality.sh BUILD_DIR [SET ...]}")
shift
if [ -z "${EVAL:-}" ]; then
    echo "bench/extract-quality.sh: set EVAL to a folder of documents with their truths; nothing measured"
    exit 0
fi
for tool in run_extract.py score.py; do
    if [ ! -f "$EVAL/tools/$tool" ]; then
        echo "bench/extract-quality.sh: there is no $EVAL/tools/$tool; nothing measured"
        exit 0
    fi
done
if [ ! -x "$build/varve-extract" ]; then
    echo "bench/extract-quality.sh: there is no $build/varve-extract: run make first" >&2
    exit 2
fi
tools=$(realpath "$EVAL/tools")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# one SET FORMAT PEER FIGURES: a row of the table. FIGURES are "name=figure ..." of the best peer,
# under the names that score.py gives them; "-" where none was measured on these documents.
one() {
    set_name=$1 format=$2 peer=$3 figures=$4
    if [ -n "${config:-}" ]; then
        set -- "$build/varve" extract --config "$config" --format "$format" --members "{in}"
    else
        set -- "$build/varve-extract" --file "{in}" --format "$format" --members
    fi
    if ! python3 "$tools/run_extract.py" "$set_name" "$work/$set_name" --timeout 120 --jobs 1 -- "$@" \
        >"$work/run" 2>"$work/problem" ||
        ! python3 "$tools/score.py" "$set_name" "$work/$set_name" >"$work/score" 2>>"$work/problem"; then
        printf '%-14s not measured: %s\n' "$set_name" "$(tail -n 1 "$work/problem")"
        return
    fi
    python3 - "$work/run" "$work/score" "$peer" "$figures" <<'PY'
import json, sys
run, score = (json.load(open(path)) for path in sys.argv[1:3])
peer, figures = sys.argv[3], sys.argv[4].split()
lead = "%-14s %5d %8.1f" % (run["set"], run["docs"], run["cpu_s"])
for figure in figures:
    name, theirs = figure.split("=")
    ours = score.get(name)
    print("%-24s %-10s %7s %7s  %s" % (
        lead, name, "-" if ours is None else "%.3f" % ours, theirs, peer))
    lead = ""
trouble = ["%d %s" % (run[key], what) for key, what in (
    ("signals", "killed by a signal"), ("timeouts", "timed out")) if run[key]]
if trouble:
    print("%-24s %s" % ("", ", ".join(trouble)))
PY
    rm -rf "${work:?}/$set_name"
}

wanted=$*
measure() {
    if [ -z "$wanted" ]; then
        one "$@"
    else
        for name in $wanted; do
            if [ "$name" = "$1" ]; then one "$@"; fi
        done
    fi
}

printf '%-14s %5s %8s %-10s %7s %7s  %s\n' set docs 'CPU s' figure ours peer 'best peer'
measure aeb text rs_trafilatura "f1=.964"
measure wcxb_dev text "rs-trafilatura, on its whole set" "f1=.859"
measure traf text "trafilatura, on its whole set" "f1=.924"
measure readab text readability-lxml "f1=.838"
measure docling_html markdown pandoc "word_f1=.973 struct_f1=.926 heading_f1=1.0"
measure kgt_html markdown pandoc "word_f1=.979 struct_f1=.855 heading_f1=.985"
measure kgt_pdf_clean markdown "pdftotext -layout; Docling for order, struct, heading" \
    "word_f1=.929 order=.868 struct_f1=.393 heading_f1=.430"
if command -v tesseract >/dev/null; then # three of these documents are scans
    printf '[ocr]\nenabled = yes\n' >"$work/ocr.conf"
    config=$work/ocr.conf
    echo 'with text recognition turned on:'
    measure kgt_pdf_clean markdown "pdftotext -layout; Docling for order, struct, heading" \
        "word_f1=.929 order=.868 struct_f1=.393 heading_f1=.430"
    config=
fi
measure pdfdeb text pdftotext "f1=.945 order=.904"
measure docling_pdf markdown pdftotext "word_f1=.947 order=.894 struct_f1=.329"
measure pdfbox text pdftotext "f1=.897 order=.876"
measure kgt_office markdown "classic tools; pandoc for struct" "word_f1=.801 struct_f1=.620"
measure docling_office markdown "classic tools" "word_f1=.830 struct_f1=.501"
measure epubdeb text pandoc "f1=.990 order=.982"
measure kgt_other markdown cat "word_f1=.658 struct_f1=-"
measure markitdown markdown "classic tools" "f1=.235"
measure kgt_mail markdown "Python's email" "word_f1=.664"
