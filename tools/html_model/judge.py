#!/usr/bin/env python3
"""What the program reaches on sites that its model has not seen.

usage: judge.py EVAL_TOOLS OUT ...
Reads the texts that held left in each OUT (one per random seed of train), and prints the mean of
each set's and kind's figures, with their spread.
"""
import collections
import os
import statistics
import sys

sys.path.insert(0, sys.argv[1])
import score  # noqa: E402
import sets  # noqa: E402


def main():
    figures = collections.defaultdict(list)
    for out in sys.argv[2:]:
        for name in ("aeb", "wcxb_dev", "traf", "readab"):
            def text(doc):
                path = os.path.join(out, name, doc.id.replace("/", "_") + ".txt")
                return score.rd(path) if os.path.exists(path) else ""
            found, _ = score.SC[name](sets.docs(name), text)
            figures[name].append(found["f1"])
            for kind, (_, f1) in found.get("f1_by_type", {}).items():
                figures[name + " " + kind].append(f1)
    for name, values in figures.items():
        spread = statistics.stdev(values) if len(values) > 1 else 0
        print("%-24s %.4f  ± %.4f" % (name, statistics.fmean(values), spread))


main()
