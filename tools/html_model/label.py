#!/usr/bin/env python3
"""Labels for the blocks that dump wrote: is a block part of the page's content?

usage: label.py EVAL_TOOLS PREFIX
Reads PREFIX.tsv and PREFIX.docs (ids are SET|ID), and the ground truth through EVAL_TOOLS/sets.py.
Writes PREFIX.labels (float32 label, float32 weight, int32 fold, int32 page; one record a block).

Where the truth is a text, blocks are found in it in reading order: long ones anywhere, short ones
between the long ones around them, each piece of the text once. Where the truth is a list of
passages, only the blocks that hold one are labelled. The fold is the site's, so that a model is
never judged on a site it has seen.
"""
import hashlib
import re
import struct
import sys

sys.path.insert(0, sys.argv[1])
import score  # noqa: E402
import sets  # noqa: E402
from evallib import html_text  # noqa: E402

WORD = re.compile(r"\w+")
LONG = 6


def tokens(text):
    return WORD.findall(text.lower())


class Truth:
    """The truth as one string of words, of which pieces are used up."""

    def __init__(self, text):
        words = tokens(text)
        self.text = " " + " ".join(words) + " "
        self.used = bytearray(len(self.text))
        self.grams = set(zip(words, words[1:], words[2:], words[3:]))
        self.count = len(words)

    def take(self, key, start, stop):
        at = self.text.find(key, start, stop)
        while at >= 0:
            if not any(self.used[at + 1:at + len(key) - 1]):
                self.used[at + 1:at + len(key) - 1] = b"\1" * (len(key) - 2)
                return at
            at = self.text.find(key, at + 1, stop)
        return -1


def label_by_text(blocks, text):
    """blocks: lists of words; returns labels."""
    truth = Truth(text)
    size = len(truth.text)
    labels = [0.0] * len(blocks)
    place = [None] * len(blocks)
    at = 0
    for i, words in enumerate(blocks):
        if len(words) < LONG:
            continue
        key = " " + " ".join(words) + " "
        found = truth.take(key, at, size)
        if found < 0:
            found = truth.take(key, 0, size)
        if found >= 0:
            labels[i] = 1.0
            if found >= at:
                place[i] = (found, found + len(key) - 1)
                at = found + len(key) - 1
            continue
        grams = list(zip(words, words[1:], words[2:], words[3:]))
        labels[i] = sum(g in truth.grams for g in grams) / len(grams)
    next_start = [size] * (len(blocks) + 1)
    for i in range(len(blocks) - 1, -1, -1):
        next_start[i] = place[i][0] + 1 if place[i] else next_start[i + 1]
    at = 0
    for i, words in enumerate(blocks):
        if place[i]:
            at = place[i][1]
        elif words and len(words) < LONG:
            key = " " + " ".join(words) + " "
            found = truth.take(key, at, max(next_start[i], at))
            if found >= 0:
                labels[i] = 1.0
                at = found + len(key) - 1
    return labels, truth.count


def label_by_passages(texts, wanted, unwanted):
    norm = [re.sub(r"\s+", " ", t) for t in texts]
    out = [(0.0, 0.0)] * len(texts)
    for passages, label in ((wanted, 1.0), (unwanted, 0.0)):
        for passage in passages:
            passage = re.sub(r"\s+", " ", passage).strip()
            if not passage:
                continue
            for i, text in enumerate(norm):
                if passage in text or (len(text) > 30 and text in passage):
                    out[i] = (label, 1.0)
    return out


def truth_of(name, doc):
    if name == "readab":
        return html_text(score.rd(doc.ref["html"]))
    if "text" in doc.ref:
        return doc.ref["text"]
    if doc.ref.get("mdfile"):
        return score.md_text(score.rd(doc.ref["mdfile"]))
    return score.rd(doc.ref["textfile"])


# How much one page of a set counts.
SET_WEIGHT = {"aeb": 2.5, "wcxb_dev": 1.0, "traf": 0.6, "readab": 1.5, "docling_html": 0.5, "kgt_html": 0.5}

# Kinds of page that are rare in the sets and are not rare outside; article is 1.
KIND_WEIGHT = {"collection": 2.0, "listing": 2.0, "product": 2.0, "forum": 2.0, "service": 1.3, "documentation": 1.3}


def weights_of(blocks, labels, count):
    """By words, because that is what is scored; a page counts about as much as another."""
    total = max(count, 50)
    weights = [(len(b) + 0.5) / total for b in blocks]
    extra = sum(w for w, l in zip(weights, labels) if l < 0.5)
    if extra > 1.5:
        weights = [w * (1.5 / extra) if l < 0.5 else w for w, l in zip(weights, labels)]
    return weights


def main():
    prefix = sys.argv[2]
    docs = {}
    for name in SET_WEIGHT:
        for doc in sets.docs(name):
            docs[name + "|" + doc.id] = (name, doc)
    out = open(prefix + ".labels", "wb")
    texts = open(prefix + ".tsv", encoding="utf-8", errors="replace", newline="\n")
    for page, line in enumerate(open(prefix + ".docs", encoding="utf-8", errors="replace")):
        key, site, count = line.rstrip("\n").split("\t")
        name, doc = docs[key]
        page_texts = [texts.readline().rstrip("\n").split("\t", 2)[2] for _ in range(int(count))]
        site = ".".join(site.lower().split("|")[-1].split(".")[-2:])
        fold = hashlib.sha256(site.encode()).digest()[0] % 5
        if name == "traf":
            pairs = label_by_passages(page_texts, doc.ref["w"], doc.ref["wo"])
            known = sum(w > 0 for _, w in pairs)
            labels = [p[0] for p in pairs]
            weights = [p[1] / max(known, 4) for p in pairs]
        else:
            blocks = [tokens(t) for t in page_texts]
            labels, words = label_by_text(blocks, truth_of(name, doc))
            weights = weights_of(blocks, labels, words)
        scale = SET_WEIGHT[name] * KIND_WEIGHT.get(doc.ref.get("type"), 1.0)
        for label, weight in zip(labels, weights):
            out.write(struct.pack("<ffii", label, weight * scale, fold, page))


main()
