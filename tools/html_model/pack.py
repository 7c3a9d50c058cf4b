#!/usr/bin/env python3
"""Writes a model of train as the C table that extractors/html/html_model.c reads.

usage: pack.py MODEL > extractors/html/html_model_table.h

Each split of a tree, with what it rules out: the leaves on its left, which a row that is above the
threshold cannot reach. Leaves are counted from the left. The splits stand by feature and threshold.
"""
import sys

LEAVES_MAX = 32  # bits of a mask in html_model.c


def number(value, digits):
    text = "%.*g" % (digits, value)
    return text + ("F" if "." in text or "e" in text else ".0F")


def print_items(items):
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > 100:
            print(line)
            line = "   "
        line += " " + item + ","
    print(line)


def read_model(path):
    lines = iter(open(path).read().split("\n"))
    base = float(next(lines))
    trees = []
    for _ in range(int(next(lines))):
        nodes = []
        for _ in range(int(next(lines))):
            f, t, left, right, value = next(lines).split()
            nodes.append((int(f), float(t), int(left), int(right), float(value)))
        trees.append(nodes)
    return base, trees


def flatten(tree, nodes, splits):
    """The values of the leaves from left to right; appends the splits."""
    leaves = []

    def walk(i):
        feature, threshold, left, right, value = nodes[i]
        if feature < 0:
            leaves.append(value)
            return
        first = len(leaves)
        walk(left)
        ruled_out = (1 << len(leaves)) - (1 << first)
        splits.append((feature, float("%.6g" % threshold), tree, ruled_out))
        walk(right)

    walk(0)
    return leaves


def main():
    base, trees = read_model(sys.argv[1])
    splits = []
    leaves = [flatten(tree, nodes, splits) for tree, nodes in enumerate(trees)]
    width = max(len(values) for values in leaves)
    if width > LEAVES_MAX:
        sys.exit("a tree has more than %d leaves" % LEAVES_MAX)
    splits.sort()
    print("/* Made by tools/html_model/pack.py from the trees of tools/html_model/train.c. Do not edit. */")
    print("/* clang-format off */")
    print("#define HTML_MODEL_BASE %.5gF" % base)
    print("#define HTML_MODEL_TREES %d" % len(trees))
    print("#define HTML_MODEL_LEAVES %d" % width)
    print("static const struct html_model_split html_model_splits[] = {")
    print_items("{ %s, %d, 0x%x }" % (number(t, 6), tree, mask) for _, t, tree, mask in splits)
    print("};")
    print("static const struct html_model_feature html_model_features[] = {")
    counts = {}
    for split in splits:
        counts[split[0]] = counts.get(split[0], 0) + 1
    print_items("{ %d, %d }" % item for item in sorted(counts.items()))
    print("};")
    print("static const float html_model_leaves[HTML_MODEL_TREES][HTML_MODEL_LEAVES] = {")
    for values in leaves:
        print_items(["{ %s }" % ", ".join(number(value, 4) for value in values)])
    print("};")
    print("/* clang-format on */")


main()
