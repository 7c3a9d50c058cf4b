#!/bin/bash
# Text in pictures: off unless configured; with tesseract, page by page, cited and kept by content.
. "$(dirname "$0")/../lib.sh"
golden=$(dirname "$0")/../golden
conf=$top/varve.conf
has() {
    case $2 in *"$3"*) ok ;; *) no "$1: '$2' has no '$3'" ;; esac
}
# why_of FILE [CONF]: how it ends, with the reason
why_of() { "$varve" extract --format text ${2:+--config "$2"} "$1" 2>&1; }

cp "$golden/pdf/scanned-pages.pdf" "$golden/picture/orchard.png" "$src/"
chmod -R a+rX "$src"
has "off: a scan says how to turn it on" "$(why_of "$src/scanned-pages.pdf")" \
    "no text: 0 of 2 pages have text, 2 show pictures: a scan? OCR is off: [ocr] in varve.conf"
has "off: a picture says it too" "$(why_of "$src/orchard.png")" "OCR is off: [ocr] in varve.conf"
printf '[ocr]\nenabled = maybe\n' >"$conf"
has "a wrong switch" "$(why_of "$src/orchard.png" "$conf")" ":2: enabled takes yes or no"
printf '[ocr]\nenabled = yes\nlanguages = eng;x\n' >"$conf"
has "a wrong language" "$(why_of "$src/orchard.png" "$conf")" "joined by '+'"

printf '[ocr]\nenabled = yes\n' >"$conf"
if ! command -v tesseract >/dev/null; then
    has "on, and not there: it names the package" "$(why_of "$src/orchard.png" "$conf")" \
        "tesseract-ocr"
    echo "skipped: tesseract is not installed"
    finish
fi
printf '[ocr]\nenabled = yes\nlanguages = xyz\n' >"$conf"
has "a language that is not there: it names the package" "$(why_of "$src/orchard.png" "$conf")" \
    "install tesseract-ocr-xyz"

printf '[source a]\npath = %s\n' "$src" >"$top/kb.conf"
mkdir -p "$VARVE_KB"
cp "$top/kb.conf" "$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>&1
same "off: nothing of it is found" "$("$varve" search --json --mode text +sieve | places)" ""
check "off: nothing is kept" [ ! -e "$VARVE_KB/cache" ]

# Turned on, the documents are due again.
printf '[ocr]\nenabled = yes\n' >>"$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>&1
same "a word of the second page" "$("$varve" search --json --mode text +sieve | places)" \
    "scanned-pages.pdf"
same "it is cited with its pages" "$("$varve" search --json --mode text +sieve |
    field '"%d %d" % (d["hits"][0]["place"]["page"], d["hits"][0]["place"]["last_page"])')" "1 2"
same "a word of a picture" "$("$varve" search --json --mode text +orchard | places)" \
    "orchard.png
scanned-pages.pdf"
has "its headings are found" "$("$varve" extract --config "$VARVE_KB/varve.conf" \
    "$src/scanned-pages.pdf")" "# The orchard in autumn"
same "it says which pages are from OCR" "$("$varve" extract --format json \
    --config "$VARVE_KB/varve.conf" "$src/scanned-pages.pdf" | field \
    '[m["value"] for m in d["metadata"] if m["name"] == "ocr_pages"][0]')" "1-2"
same "a box around the words" "$("$varve" extract --format json --config "$VARVE_KB/varve.conf" \
    "$src/scanned-pages.pdf" | field 'all(0 < b < 700 for r in d["regions"] for b in r["box"])')" True
same "each page is kept" "$(find "$VARVE_KB/cache" -type f | wc -l)" 3
printf 'pages_max = 1\n' >>"$VARVE_KB/varve.conf"
"$varve" sync >/dev/null 2>&1
has "a limit of pages is said" "$("$varve" why "$src/scanned-pages.pdf")" "only the first 1 pages"
same "nothing was read twice" "$(find "$VARVE_KB/cache" -type f | wc -l)" 3
check "verify agrees" verify_clean
finish
