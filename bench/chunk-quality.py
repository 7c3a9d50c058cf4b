#!/usr/bin/env python3
"""How well chunks keep together what answers a question, beside other splitters, at equal size.

    EVAL=DIR bench/chunk-quality.py [--chunkers semantic,structure] [--targets 50,75,...] [--vectors]

DIR holds the corpora and questions of Chroma's chunking evaluation (chunk-chroma/) and its scorer (tools/chunk_score.py). Each
row: mean characters, then recall, precision-omega and IoU of the five best chunks, and the difference to the recursive
splitter at the same mean size (interpolated). Retrieval is BM25, or with --vectors the built-in model. A recall moves by
some points from one target to the next: the last row of a chunker is the mean of its differences, so give several
targets near the size that is judged.
VARVE_BUILD names the folder of the programs (build/release).
"""
import argparse
import base64
import json
import os
import struct
import subprocess
import statistics
import sys

BUILD = os.environ.get("VARVE_BUILD", "build/release")
PEER_TOKENS = (60, 100, 140, 180, 220, 270, 320, 400)


def die(message):
    sys.exit("chunk-quality: " + message)


def load_scorer():
    folder = os.environ.get("EVAL")
    if not folder:
        die("EVAL=DIR is missing: the folder with chunk-chroma/ and tools/")
    for part in ("tools/chunk_score.py", "tools/chunk_baseline.py", "chunk-chroma"):
        if not os.path.exists(os.path.join(folder, part)):
            die("'%s' is missing in '%s'" % (part, folder))
    sys.path.insert(0, os.path.join(folder, "tools"))
    import chunk_score
    return folder, chunk_score


def our_chunks(score, chunker, target):
    chunks = []
    for corpus in score.CORPORA:
        path = os.path.join(score.D, "corpora", corpus + ".md")
        data = open(path, "rb").read()
        out = subprocess.run([BUILD + "/varve", "chunk", "--json", "--chunker", chunker, "--target", str(target),
                              "--maximum", str(2 * target), path], stdout=subprocess.PIPE, check=True).stdout
        for line in out.splitlines():
            chunk = json.loads(line)
            start = len(data[:chunk["start"]].decode())
            end = start + len(data[chunk["start"]:chunk["end"]].decode())
            heading = chunk.get("heading_path") or ""
            chunks.append((corpus, start, end, (heading + "\n" if heading else "") + chunk["text"]))
    return chunks


def peer_chunks(folder, score, kind, tokens):
    out = subprocess.run([sys.executable, os.path.join(folder, "tools/chunk_baseline.py"), kind, str(tokens)],
                         stdout=subprocess.PIPE, check=True, text=True).stdout
    texts = {corpus: score.text(corpus) for corpus in score.CORPORA}
    rows = (json.loads(line) for line in out.splitlines())
    return [(r["corpus"], r["start"], r["end"], texts[r["corpus"]][r["start"]:r["end"]]) for r in rows]


class Plugin:
    """The embedding plugin, asked for vectors."""

    def __init__(self):
        self.process = subprocess.Popen([BUILD + "/embed-static"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask({"hello": {"protocol": 1, "role": "embed", "cookie": "bench"}})

    def ask(self, message):
        self.process.stdin.write((json.dumps(message) + "\n").encode())
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def embed(self, texts):
        vectors = []
        for i in range(0, len(texts), 128):
            answer = self.ask({"id": i, "kind": "passage", "texts": texts[i:i + 128]})
            for text in answer["vectors"]:
                raw = base64.b64decode(text)
                vectors.append(struct.unpack("<%df" % (len(raw) // 4), raw))
        return vectors


def by_vectors(plugin, chunks, questions):
    passages = plugin.embed([c[3] for c in chunks])
    run = {}
    for (number, _, _, _), q in zip(questions, plugin.embed([q[1] for q in questions])):
        scores = [sum(a * b for a, b in zip(q, p)) for p in passages]
        run[number] = sorted(range(len(chunks)), key=lambda i: (-scores[i], i))[:5]
    return run


def measure(score, chunks, questions, plugin):
    run = by_vectors(plugin, chunks, questions) if plugin else score.bm25(chunks, questions, 5)
    m = score.measures(chunks, questions, run, 5)
    return statistics.fmean(c[2] - c[1] for c in chunks), m["recall"][0], m["precision_omega"][0], m["iou"][0]


def peer_at(peers, mean):
    for a, b in zip(peers, peers[1:]):
        if a[0] <= mean <= b[0]:
            part = (mean - a[0]) / (b[0] - a[0])
            return [a[i] + part * (b[i] - a[i]) for i in (1, 2, 3)]
    return None


def difference_text(kind, better):
    return "   %s %+5.1f %+5.1f %+5.1f" % ((kind,) + tuple(better))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--chunkers", default="semantic,structure")
    parser.add_argument("--targets", default="82,115,150,225")
    parser.add_argument("--vectors", action="store_true")
    args = parser.parse_args()
    folder, score = load_scorer()
    if not os.path.exists(BUILD + "/varve"):
        die("'%s/varve' is missing: run make" % BUILD)
    questions = score.questions("all")
    plugin = Plugin() if args.vectors else None
    peers = {}
    for kind in ("recursive", "fixed"):
        peers[kind] = []
        for tokens in PEER_TOKENS:
            row = measure(score, peer_chunks(folder, score, kind, tokens), questions, plugin)
            peers[kind].append(row)
            print("%-10s %4d   mean %5.0f   recall %5.1f   omega %5.1f   IoU %5.1f" % ((kind, tokens) + row), flush=True)
    for chunker in args.chunkers.split(","):
        differences = {"recursive": [], "fixed": []}
        for target in map(int, args.targets.split(",")):
            row = measure(score, our_chunks(score, chunker, target), questions, plugin)
            text = ""
            for kind in ("recursive", "fixed"):
                peer = peer_at(peers[kind], row[0])
                if peer:
                    better = tuple(row[i + 1] - peer[i] for i in range(3))
                    differences[kind].append(better)
                    text += difference_text(kind, better)
            print("%-10s %4d   mean %5.0f   recall %5.1f   omega %5.1f   IoU %5.1f" % ((chunker, target) + row) + text,
                  flush=True)
        means = [(kind, [statistics.fmean(column) for column in zip(*rows)]) for kind, rows in differences.items() if rows]
        print("%-10s mean" % chunker + " " * 57 + "".join(difference_text(kind, mean) for kind, mean in means), flush=True)


main()
