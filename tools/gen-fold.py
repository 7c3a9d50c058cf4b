#!/usr/bin/env python3
"""Writes model/fold_table.h: what the tokeniser of the static model makes of each code point.

    tools/gen-fold.py > model/fold_table.h

A character is a separator, part of a word, a word of its own (ideographs, kana, Hangul syllables) or a
mark that is dropped. Word characters are lower-cased and lose their marks: decomposed (NFD), stripped of
non-spacing marks, lower-cased, decomposed and stripped again. Hangul stays composed, and characters
above the basic plane stay as they are: the shipped model was trained so.

A model is trained with the fold of one Unicode version: another one gives other tokens for a few rare
characters, so the table is kept with the program, and made anew only together with the models.
"""
import sys
import unicodedata as ucd

LAST = 0x30000  # nothing above has words
PAGE = 128
SEPARATOR, WORD, ALONE, MARK, FIRST_MAP = 0, 1, 2, 3, 4
IS_ALONE = 0x8000

ALONE_RANGES = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2FA1F), (0xF900, 0xFAFF),
                (0x3040, 0x30FF), (0xAC00, 0xD7A3)]


def strip_marks(text):
    return "".join(c for c in ucd.normalize("NFD", text) if ucd.category(c) != "Mn")


def kind_of(code):
    char = chr(code)
    category = ucd.category(char)
    if code < 0x80:  # the scanner has its own table for ASCII
        return WORD if char.isalnum() else SEPARATOR
    if any(a <= code <= b for a, b in ALONE_RANGES):
        return ALONE
    if category in ("Mn", "Cf"):
        return MARK
    return WORD if category[0] in "LN" or category == "Mc" else SEPARATOR


def fold(code):
    if 0xAC00 <= code <= 0xD7A3 or code > 0xFFFF:
        return chr(code)
    return strip_marks(strip_marks(chr(code)).lower())


maps, map_index, entries = [], {}, []
for code in range(LAST):
    if 0xD800 <= code <= 0xDFFF:
        entries.append(SEPARATOR)
        continue
    kind = kind_of(code)
    to = fold(code) if kind in (WORD, ALONE) else chr(code)
    if to == chr(code) or not 0 < len(to) <= 3:
        entries.append(kind)
        continue
    if to not in map_index:
        map_index[to] = len(maps)
        maps.append(to)
    entries.append(FIRST_MAP + map_index[to] | (IS_ALONE if kind == ALONE else 0))

pages, page_index, stage = [], {}, []
for start in range(0, LAST, PAGE):
    page = tuple(entries[start:start + PAGE])
    if page not in page_index:
        page_index[page] = len(pages)
        pages.append(page)
    stage.append(page_index[page])


def rows(values, per_row=16):
    for i in range(0, len(values), per_row):
        yield "    " + ", ".join(values[i:i + per_row]) + ","


out = ["/* Made by tools/gen-fold.py from Unicode %s; do not edit. */" % ucd.unidata_version,
       "#ifndef MODEL_FOLD_TABLE_H", "#define MODEL_FOLD_TABLE_H", "", "/* clang-format off */",
       "#define FOLD_LAST 0x%X" % LAST, "",
       "static const uint16_t fold_stage[%d] = {" % len(stage)]
out += rows([str(x) for x in stage])
out += ["};", "", "static const uint16_t fold_pages[%d][%d] = {" % (len(pages), PAGE)]
for page in pages:
    out += ["    {"] + list(rows([str(x) for x in page])) + ["    },"]
out += ["};", "", "static const struct fold_map fold_maps[%d] = {" % len(maps)]
for to in maps:
    utf8 = to.encode()
    out.append("    { %d, \"%s\" }," % (len(utf8), "".join("\\x%02x" % b for b in utf8)))
out += ["};", "/* clang-format on */", "", "#endif"]
sys.stdout.write("\n".join(out) + "\n")
print("%d maps, %d pages" % (len(maps), len(pages)), file=sys.stderr)
