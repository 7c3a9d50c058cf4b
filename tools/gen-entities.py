#!/usr/bin/env python3
"""Writes extractors/html/html_entity_table.h: the named character references of HTML.

    tools/gen-entities.py > extractors/html/html_entity_table.h

The names and their characters are those of the HTML standard, as Python's html.entities has them. Names
stand without '&' and ';', in strcmp() order. A few stand for two characters,
and 106 count without the semicolon.
"""
from html.entities import html5

WIDTH = 96

print("/* Made by tools/gen-entities.py; do not edit. */")
print("/* clang-format off */")
print("static const struct entity entities[] = {")
line = ""
for name, text in sorted((name[:-1], text) for name, text in html5.items() if name.endswith(";")):
    second = "0x%X" % ord(text[1]) if len(text) > 1 else "0"
    entry = '{"%s",0x%X,%s,%d},' % (name, ord(text[0]), second, name in html5)
    if len(line) + len(entry) > WIDTH:
        print(line)
        line = ""
    line += entry
print(line)
print("};")
print("/* clang-format on */")
