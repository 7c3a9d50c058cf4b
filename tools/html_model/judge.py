#!/usr/bin/env python3
"""What the model reaches on sites that it has not seen.

usage: judge.py EVAL_TOOLS PREFIX
Reads what dump, label.py and train left at PREFIX (train's scores are held out: see there), chooses
the blocks of each page as extractors/html_score.c does, and prints the figures of each set. The rules
around the model (comments, copies, headings, plain documents) are not in these figures.
"""
import array
import json
import math
import re
import sys

sys.path.insert(0, sys.argv[1])
import score  # noqa: E402
import sets  # noqa: E402

WORD = re.compile(r"\w+")
CUT_MIN, CUT_MAX = 0.20, 0.60  # as in html_score.c
TWINS_MIN, TWIN_WORDS, TWIN_SHARE = 3, 15, 0.85  # as in html_smooth.c


def find_cut(choices):
    """Where the expected F1 is highest: choices are pairs of score and words."""
    there = sum(s * w for s, w in choices)
    content = taken = best = 0
    cut = CUT_MAX
    for s, w in sorted(choices, reverse=True):
        content += s * w
        taken += w
        f1 = 2 * content / (taken + there)
        if f1 > best:
            best, cut = f1, s
    return min(max(cut, CUT_MIN), CUT_MAX)


def smooth(scores, words, places):
    """As html_smooth.c does: twins take most of their score from their mean."""
    groups = {}
    logits = [math.log(max(s, 1e-6) / max(1 - s, 1e-6)) for s in scores]
    for i, (place, _) in enumerate(places):
        groups.setdefault(place, []).append(i)
    for ids in groups.values():
        repeated = sum(places[i][1] == "1" for i in ids)
        if len(ids) < TWINS_MIN or (sum(words[i] for i in ids) >= TWIN_WORDS * len(ids) and
                                    repeated * 2 <= len(ids)):
            continue
        mean = sum(logits[i] for i in ids) / len(ids)
        for i in ids:
            logits[i] += TWIN_SHARE * (mean - logits[i])
    return [1 / (1 + math.exp(-logit)) for logit in logits]


def chosen(scores, texts, places):
    words = [max(len(WORD.findall(text)), 0.5) for text in texts]
    scores = smooth(scores, words, places)
    cut = find_cut(list(zip(scores, words))) if texts else CUT_MAX
    return "\n".join(text for text, s in zip(texts, scores) if s >= cut)


def main():
    prefix = sys.argv[2]
    scores = array.array("f")
    scores.frombytes(open(prefix + ".scores", "rb").read())
    blocks = open(prefix + ".tsv", encoding="utf-8", errors="replace", newline="\n")
    places = open(prefix + ".places", encoding="ascii")
    pages, at = {}, 0
    for line in open(prefix + ".docs", encoding="utf-8", errors="replace"):
        key, _, count = line.rstrip("\n").split("\t")
        texts = [blocks.readline().rstrip("\n").split("\t", 2)[2] for _ in range(int(count))]
        pages[key] = chosen(scores[at:at + len(texts)], texts,
                            [places.readline().split() for _ in texts])
        at += len(texts)
    for name in ("aeb", "wcxb_dev", "traf", "readab"):
        figures, _ = score.SC[name](sets.docs(name), lambda d: pages.get(name + "|" + d.id, ""))
        print(json.dumps({"set": name, **figures}))


main()
