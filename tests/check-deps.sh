#!/bin/sh
# Fails when a folder includes one that it may not know, or a library is used past its one door.
set -eu
bad=0
while read -r folder allowed; do
    folder=${folder%:}
    for seen in $(grep -hoE '^#include "[a-z]+/' "$folder"/*.[ch] "$folder"/*/*.[ch] 2>/dev/null |
                  sed 's/.*"//; s,/,,' | sort -u); do
        case " $folder $allowed " in
        *" $seen "*) ;;
        *) echo "$folder/ may not include $seen/"; bad=1 ;;
        esac
    done
done <<RULES
base:
ingest: base
model: base ingest
extractors: base ingest model chunkers
chunkers: base ingest model
embed: base ingest
index: base ingest
watch: base ingest
feed: base ingest embed index
serve: base ingest model chunkers embed index watch feed
cli: base ingest model chunkers embed index watch feed serve
plugins: base ingest model
RULES
# The same for the folders of extractors/: the formats know what they share, and not one another.
while read -r folder allowed; do
    folder=${folder%:}
    for seen in $(grep -hoE '^#include "extractors/[a-z]+/' extractors/"$folder"/*.[ch] |
                  sed 's,/$,,; s,.*/,,' | sort -u); do
        case " $folder $allowed " in
        *" $seen "*) ;;
        *) echo "extractors/$folder/ may not include extractors/$seen/"; bad=1 ;;
        esac
    done
done <<RULES
common:
container:
math: common
html: common math
text: common container html
xml: common math html
office: common container math html
mail: common container html text
detect: common container text
cage: detect
pdf: common cage
RULES
# HEADER: FILES that may include it
while read -r header doors; do
    header=${header%:}
    for file in $(grep -lE "^#include <$header" ./*/*.[ch] ./extractors/*/*.[ch] ./plugins/*/*.[ch] 2>/dev/null | sed 's,^\./,,'); do
        allowed=no
        for door in $doors; do
            # shellcheck disable=SC2254
            case $file in $door) allowed=yes ;; esac
        done
        [ $allowed = yes ] || { echo "$file may not include <$header>"; bad=1; }
    done
done <<RULES
poppler: extractors/pdf/*
cairo: extractors/pdf/pdf_picture.c
archive: extractors/container/archive*
zlib: extractors/container/zip.c extractors/pdf/pdf_flate.c extractors/office/hwp.c
libdeflate: extractors/container/zip.c
magic: extractors/detect/detect.c
gmime: extractors/mail/mail*
cmark-gfm: extractors/text/markdown.c
uchardet: extractors/common/charset*
sqlite3: index/*
libstemmer: index/tokenizer*.c
zstd: index/*
jansson: base/json.c
nettle/: base/hash.c
ini: cli/config.c
seccomp: extractors/cage/sandbox*
curl/: plugins/embed-http/exchange.c
unicode/: extractors/*/* chunkers/* model/* index/*
RULES
exit $bad
