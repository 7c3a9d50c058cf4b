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
# HEADER: FILES that may include it
while read -r header doors; do
    header=${header%:}
    for file in $(grep -lE "^#include <$header" ./*/*.[ch] ./plugins/*/*.[ch] 2>/dev/null | sed 's,^\./,,'); do
        allowed=no
        for door in $doors; do
            # shellcheck disable=SC2254
            case $file in $door) allowed=yes ;; esac
        done
        [ $allowed = yes ] || { echo "$file may not include <$header>"; bad=1; }
    done
done <<RULES
poppler: extractors/pdf*
cairo: extractors/pdf_picture.c
archive: extractors/archive*
zlib: extractors/zip.c extractors/pdf_flate.c extractors/hwp.c
libdeflate: extractors/zip.c
magic: extractors/detect.c
gmime: extractors/mail*
cmark-gfm: extractors/markdown.c
uchardet: extractors/charset*
sqlite3: index/*
libstemmer: index/tokenizer*.c
zstd: index/*
jansson: base/json.c
nettle/: base/hash.c
ini: cli/config.c
seccomp: extractors/sandbox*
curl/: plugins/embed-http/exchange.c
unicode/: extractors/* chunkers/* model/* index/*
RULES
exit $bad
