#!/usr/bin/env python3
"""Labels for the blocks that dump wrote: is a block part of the page's content?

usage: label.py EVAL_TOOLS PREFIX
Reads PREFIX.tsv and PREFIX.docs (ids are SET|ID), and the ground truth through EVAL_TOOLS/sets.py.
Writes PREFIX.labels (float32 label, float32 weight, int32 fold, int32 page; one record a block).

Where the truth is a text, blocks are found in it in reading order, as many words and with as few gaps
as can be; long ones then anywhere, short ones near their neighbours, each piece of the text once. Where the truth is a list of
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
PLACES_MAX = 200   # looked at of one block
GAP_COST = 0.9     # in words
NEAR_BLOCKS = 3    # without a gap
NEAR_CHARS = 30
ALONE_BLOCKS = 12  # a short text so far from any other is there by chance
ORDER_CHARS = 120


def tokens(text):
    return WORD.findall(text.lower())


def joined(words):
    return "".join(words)


class Truth:
    """The truth's words in one string, without what stands between them: pages differ in that."""

    def __init__(self, text):
        words = tokens(text)
        self.text = joined(words)
        self.used = bytearray(len(self.text))
        self.grams = set(zip(words, words[1:], words[2:], words[3:]))
        self.count = len(words)
        self.edges = bytearray(len(self.text) + 1)  # where a word begins or ends
        at = 0
        for word in words:
            self.edges[at] = 1
            at += len(word)
        self.edges[at] = 1

    def places(self, key, start=0, stop=None):
        """Where key stands, as whole words."""
        at = self.text.find(key, start, len(self.text) if stop is None else stop)
        found = []
        while at >= 0 and len(found) < PLACES_MAX:
            if self.edges[at] and self.edges[at + len(key)]:
                found.append(at)
            at = self.text.find(key, at + 1, len(self.text) if stop is None else stop)
        return found

    def take(self, start, length):
        """Uses up a piece; False: some of it is used."""
        if any(self.used[start:start + length]):
            return False
        self.used[start:start + length] = b"\1" * length
        return True


class Best:
    """The highest value at or before a place (a Fenwick tree)."""

    def __init__(self, size):
        self.cells = [(0.0, -1)] * (size + 2)

    def put(self, at, value):
        at += 1
        while at < len(self.cells):
            if self.cells[at] < value:
                self.cells[at] = value
            at += at & -at

    def get(self, at):
        at += 1
        best = (0.0, -1)
        while at > 0:
            if self.cells[at] > best:
                best = self.cells[at]
            at -= at & -at
        return best


def best_chain(truth, blocks):
    """The blocks and places, both ascending, that hold most words with the fewest gaps."""
    best = Best(len(truth.text))
    chain = []  # (block, start, end, score, the one before)
    recent = []
    for i, words in enumerate(blocks):
        key = joined(words)
        fresh = []
        recent = [m for m in recent if chain[m][0] >= i - NEAR_BLOCKS]
        by_end = {}
        for m in recent:
            end, score = chain[m][2], chain[m][3]
            if end not in by_end or by_end[end][0] < score:
                by_end[end] = (score, m)
        for start in truth.places(key) if key else ():
            score, before = best.get(start)
            score -= GAP_COST
            for end in range(max(start - NEAR_CHARS, 0), start + 1):
                if end in by_end and by_end[end][0] > score:
                    score, before = by_end[end]
            chain.append((i, start, start + len(key), score + len(words), before))
            fresh.append(len(chain) - 1)
        for m in fresh:
            best.put(chain[m][2], (chain[m][3], m))
        recent += fresh
    at = best.get(len(truth.text))[1]
    while at >= 0:
        yield chain[at][:3]
        at = chain[at][4]


def label_by_text(blocks, text):
    """blocks: lists of words. Returns labels, and how many words the truth has."""
    truth = Truth(text)
    labels = [0.0] * len(blocks)
    place = [None] * len(blocks)
    matched = sorted(best_chain(truth, blocks))
    for k, (i, start, end) in enumerate(matched):
        near = min(i - matched[k - 1][0] if k else 99,
                   matched[k + 1][0] - i if k + 1 < len(matched) else 99)
        if near <= ALONE_BLOCKS or len(blocks[i]) >= LONG:
            place[i] = (start, end)
            truth.take(start, end - start)
    for i, words in enumerate(blocks):  # long ones anywhere
        if place[i] or len(words) < LONG:
            continue
        key = joined(words)
        for start in truth.places(key):
            if truth.take(start, len(key)):
                place[i] = (start, start + len(key))
                break
        else:
            grams = list(zip(words, words[1:], words[2:], words[3:]))
            labels[i] = sum(g in truth.grams for g in grams) / len(grams)
    for i, words in enumerate(blocks):  # short ones in another order than the truth's
        key = joined(words)
        if place[i] or not key or len(words) >= LONG:
            continue
        for j in sorted(range(max(i - 3, 0), min(i + 4, len(blocks))), key=lambda j: abs(j - i)):
            if not place[j] or place[i]:
                continue
            for start in truth.places(key, max(place[j][0] - ORDER_CHARS, 0), place[j][1] + ORDER_CHARS):
                if truth.take(start, len(key)):
                    place[i] = (start, start + len(key))
                    break
    return [1.0 if place[i] else labels[i] for i in range(len(blocks))], truth.count


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
