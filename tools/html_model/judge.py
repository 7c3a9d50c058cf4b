#!/usr/bin/env python3
"""What the model reaches on sites that it has not seen.

usage: judge.py EVAL_TOOLS PREFIX
Reads what dump, label.py and train left at PREFIX (train's scores are held out: see there), chooses
the blocks of each page as extractors/html_score.c does, and prints the figures of each set. The rules
around the model (comments, copies, headings, plain documents) are not in these figures.
"""
import array
import json
import re
import sys

sys.path.insert(0, sys.argv[1])
import score  # noqa: E402
import sets  # noqa: E402

WORD = re.compile(r"\w+")
CUT_MIN, CUT_MAX = 0.20, 0.60  # as in html_score.c


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


def chosen(scores, texts):
    words = [max(len(WORD.findall(text)), 0.5) for text in texts]
    cut = find_cut(list(zip(scores, words))) if texts else CUT_MAX
    return "\n".join(text for text, s in zip(texts, scores) if s >= cut)


def main():
    prefix = sys.argv[2]
    scores = array.array("f")
    scores.frombytes(open(prefix + ".scores", "rb").read())
    blocks = open(prefix + ".tsv", encoding="utf-8", errors="replace", newline="\n")
    pages, at = {}, 0
    for line in open(prefix + ".docs", encoding="utf-8", errors="replace"):
        key, _, count = line.rstrip("\n").split("\t")
        texts = [blocks.readline().rstrip("\n").split("\t", 2)[2] for _ in range(int(count))]
        pages[key] = chosen(scores[at:at + len(texts)], texts)
        at += len(texts)
    for name in ("aeb", "wcxb_dev", "traf", "readab"):
        figures, _ = score.SC[name](sets.docs(name), lambda d: pages.get(name + "|" + d.id, ""))
        print(json.dumps({"set": name, **figures}))


main()
