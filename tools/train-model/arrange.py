#!/usr/bin/env python3
"""Passages in the order in which they are learned from: arrange.py < passages.tsv > arranged.tsv

What is told apart at once are texts of one language: were they of several, their language alone would tell most of
them apart, and that would be learned instead. So blocks of BLOCK passages are of one language, made of groups of GROUP
that stood side by side (one package: texts of one subject are hard to tell apart). Blocks are shuffled, groups too,
from a fixed seed. Of texts under SHORT_BYTES every third counts: dictionaries and catalogues have more of
them than all documents have passages. What fills no group is left out.
"""
import random, sys
from collections import Counter

GROUP, BLOCK = 32, 256
SHORT_BYTES, SHORT_EACH = 60, 3
LOOKED_AT = 200  # characters
SCRIPTS = (("ar", 0x600, 0x700), ("hi", 0x900, 0x980), ("ru", 0x400, 0x530), ("zh", 0x4E00, 0xA000),
           ("ja", 0x3040, 0x3100), ("ko", 0xAC00, 0xD7B0))
COMMON = {  # words that tell languages of one script apart
    "de": "der die das und ist nicht ein eine zu den von mit für auf werden wird sie kann",
    "en": "the of and to is a in for that with be this are on as or you",
    "fr": "le la les et de des un une est dans pour pas que sur du au par",
    "es": "el la los las y de un una es en para que no por se con del",
    "it": "il la di e che un una per non del è si con le dei della in",
    "nl": "de het een en van is niet voor met op te zijn dat deze wordt",
    "pl": "i w nie na z do się jest to dla lub przez",
    "pt": "o a os as e de um uma é em para que não do da com por",
}


def language_of(text, by_word):
    """The script that a third of the letters are of; of Latin ones, whose common words there are most of."""
    scripts = Counter()
    for c in text[:LOOKED_AT]:
        if c > "@":
            scripts[next((name for name, first, end in SCRIPTS if first <= ord(c) < end), "latin")] += 1
    if scripts["ja"] > 2 and scripts["ja"] * 4 > scripts["zh"]:
        return "ja"
    others = [s for s in scripts if s != "latin"]
    if others:
        script = max(sorted(others), key=lambda s: scripts[s])
        if scripts[script] * 3 > scripts["latin"]:
            return script
    votes = Counter(language for word in text.lower().split()[:60] for language in by_word.get(word, ()))
    return max(sorted(votes), key=lambda x: votes[x]) if votes else "latin"


def main():
    by_word, groups, full, short_count = {}, {}, {}, 0
    for language, words in COMMON.items():
        for word in words.split():
            by_word.setdefault(word, []).append(language)
    for line in sys.stdin.buffer:
        text = line.rstrip(b"\n").partition(b"\t")[2]
        short_count += len(text) < SHORT_BYTES
        if len(text) < SHORT_BYTES and short_count % SHORT_EACH:
            continue
        language = language_of(text.decode("utf-8", "replace"), by_word)
        group = groups.setdefault(language, [])
        group.append(line)
        if len(group) == GROUP:
            full.setdefault(language, []).append(groups.pop(language))
    draw, blocks, left, size = random.Random(3), [], [], BLOCK // GROUP
    for language in sorted(full):
        draw.shuffle(full[language])
        whole = len(full[language]) // size * size
        blocks += [full[language][i:i + size] for i in range(0, whole, size)]
        left += full[language][whole:]
        print("%-5s %7d passages" % (language, len(full[language]) * GROUP), file=sys.stderr)
    blocks += [left[i:i + size] for i in range(0, len(left), size)]
    draw.shuffle(blocks)
    for block in blocks:
        for group in block:
            sys.stdout.buffer.writelines(group)


if __name__ == "__main__":
    main()
