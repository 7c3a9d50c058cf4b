#!/usr/bin/env python3
"""Writes a model of train as the C table that extractors/html_model.c reads.

usage: pack.py MODEL > extractors/html_model_table.h

A tree is written in pre-order: the left child of a node follows it, `skip` leads to the right one.
A leaf has feature LEAF and its value in the place of the threshold.
"""
import sys


def main():
    lines = iter(open(sys.argv[1]).read().split("\n"))
    base = float(next(lines))
    trees = []
    for _ in range(int(next(lines))):
        nodes = []
        for _ in range(int(next(lines))):
            f, t, left, right, value = next(lines).split()
            nodes.append((int(f), float(t), int(left), int(right), float(value)))
        trees.append(nodes)
    print("/* Made by tools/html_model/pack.py from the trees of tools/html_model/train.c. Do not edit. */")
    print("/* clang-format off */")
    print("#define HTML_MODEL_BASE %.5gF" % base)
    print("#define HTML_MODEL_TREES %d" % len(trees))
    starts, at = [], 0
    for nodes in trees:
        starts.append(at)
        at += len(nodes)
    print("static const uint16_t html_model_starts[] = {")
    for i in range(0, len(starts), 14):
        print("    " + " ".join("%d," % s for s in starts[i:i + 14]))
    print("};")
    print("static const struct html_model_node html_model_nodes[] = {")
    for nodes in trees:
        out = []

        def walk(i):
            f, t, left, right, value = nodes[i]
            at = len(out)
            if f < 0:
                out.append("{LEAF,0,%.4gF}" % value)
                return
            out.append(None)
            walk(left)
            out[at] = "{%d,%d,%.6gF}" % (f, len(out) - at, t)
            walk(right)

        walk(0)
        line = "   "
        for item in out:
            item = item.replace("{LEAF", "{ LEAF").replace("{", "{ ").replace("  ", " ").replace(",", ", ").replace("}", " }")
            if "." not in item.split(",")[2] and "e" not in item.split(",")[2]:
                item = item.replace("F }", ".0F }")
            if len(line) + len(item) + 2 > 100:
                print(line)
                line = "   "
            line += " " + item + ","
        print(line)
    print("};")
    print("/* clang-format on */")


main()
