#!/usr/bin/env python3
"""What a history of edits costs: tokens embedded again, over tokens of the chunks that hold a changed word.

    EVAL=DIR bench/chunk-stability.py [--chunkers semantic,structure] [--target 256] [--revisions 100]

DIR holds a replayable history (hist-rust-book/: base/, rev-0001/changes.tsv, rev-0001/files/ ...). Vectors are kept by content,
so a chunk costs only when its embedded input was never seen. The second number is the least that any chunker with chunks
of that size must embed. Beside ours: a recursive splitter, one that cuts at Markdown headings first, and fixed windows.
VARVE_BUILD names the folder of the programs (build/release).
"""
import argparse
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ.get("VARVE_BUILD", "build/release")
WORD = re.compile(r"\w+")


def die(message):
    sys.exit("chunk-stability: " + message)


def load(folder, count):
    """The files at the start, and for each revision: (path, text before or None, text after)."""
    base = os.path.join(folder, "base")
    now = {n: open(os.path.join(base, n), encoding="utf-8").read() for n in os.listdir(base)}
    start, revisions = dict(now), []
    for k in range(1, count + 1):
        here = os.path.join(folder, "rev-%04d" % k)
        if not os.path.isdir(here):
            break
        step = []
        for line in open(os.path.join(here, "changes.tsv"), encoding="utf-8"):
            part = line.rstrip("\n").split("\t")
            if part[0] == "R":
                now[part[1]] = now.pop(part[2])
            elif part[0] == "D":
                now.pop(part[1], None)
            else:
                text = open(os.path.join(here, "files", part[1]), encoding="utf-8").read()
                step.append((part[1], now.get(part[1]), text))
                now[part[1]] = text
        revisions.append(step)
    return start, revisions


def changed_places(before, after):
    """Stretches of `after` that hold new words, and the word behind each deletion."""
    old = [m.group() for m in WORD.finditer(before)]
    new = [(m.start(), m.end(), m.group()) for m in WORD.finditer(after)]
    places = []
    matcher = difflib.SequenceMatcher(None, old, [w[2] for w in new], autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag in ("replace", "insert"):
            places += [(w[0], w[1]) for w in new[start:end]]
        elif tag == "delete" and new:
            places.append(new[min(start, len(new) - 1)][:2])
    return places


def varve_chunks(chunker, target):
    def split(text):
        with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            out = subprocess.run([BUILD + "/varve", "chunk", "--json", "--chunker", chunker, "--target", str(target),
                                  "--maximum", str(2 * target), file.name], stdout=subprocess.PIPE, check=True).stdout
        data, result = text.encode(), []
        for line in out.splitlines():
            chunk = json.loads(line)
            start = len(data[:chunk["start"]].decode())
            end = start + len(data[chunk["start"]:chunk["end"]].decode())
            result.append((start, end, chunk["tokens"], (chunk.get("heading_path") or "") + "\n" + chunk["text"]))
        return result
    return split


def pieces(text, start, end, most, separators):
    """Recursive splitting, as the common libraries do it: by the first separator there is, merged up to most."""
    if end - start <= most:
        return [(start, end)]
    separator = next((s for s in separators if s in text[start:end]), "")
    if not separator:
        return [(i, min(i + most, end)) for i in range(start, end, most)]
    parts, at = [], start
    while at < end:
        found = text.find(separator, at + (1 if separator.startswith("\n#") else 0), end)
        stop = end if found < 0 else found if separator.startswith("\n#") else found + len(separator)
        parts.append((at, max(stop, at + 1)))
        at = parts[-1][1]
    out, current = [], None
    for a, b in parts:
        if b - a > most:
            if current:
                out.append(current)
            current = None
            out += pieces(text, a, b, most, separators[separators.index(separator) + 1:])
        elif current and b - current[0] <= most:
            current = (current[0], b)
        else:
            if current:
                out.append(current)
            current = (a, b)
    return out + ([current] if current else [])


def peer(separators, characters):
    def split(text):
        return [(a, b, len(WORD.findall(text[a:b])), text[a:b].strip())
                for a, b in pieces(text, 0, len(text), characters, separators) if text[a:b].strip()]
    return split


def replay(split, start, revisions):
    seen, again, least, sizes = set(), 0, 0, []
    for text in start.values():
        for chunk in split(text):
            seen.add(chunk[3])
            sizes.append(chunk[2])
    for step in revisions:
        for _, before, after in step:
            places = changed_places(before, after) if before is not None else None
            chunks = split(after)
            for a, b, tokens, content in chunks:
                is_new = content not in seen
                again += tokens if is_new else 0
                if is_new if places is None else any(x < b and y > a for x, y in places):
                    least += tokens
            seen.update(c[3] for c in chunks)
    return again, least, sum(sizes) / max(1, len(sizes))


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--chunkers", default="semantic,structure,sentence,fixed")
    parser.add_argument("--target", type=int, default=256)
    parser.add_argument("--revisions", type=int, default=100)
    args = parser.parse_args()
    folder = os.environ.get("EVAL")
    if not folder:
        die("EVAL=DIR is missing: the folder with hist-rust-book/")
    folder = os.path.join(folder, "hist-rust-book")
    if not os.path.isdir(os.path.join(folder, "base")):
        die("'%s/base' is missing" % folder)
    if not os.path.exists(BUILD + "/varve"):
        die("'%s/varve' is missing: run make" % BUILD)
    start, revisions = load(folder, args.revisions)
    splitters = [(name, varve_chunks(name, args.target)) for name in args.chunkers.split(",")]
    characters = args.target * 5
    recursive = ["\n\n", "\n", ". ", " "]
    splitters += [("recursive", peer(recursive, characters)),
                  ("markdown", peer(["\n# ", "\n## ", "\n### "] + recursive, characters)),
                  ("windows", peer([], characters))]
    for name, split in splitters:
        again, least, mean = replay(split, start, revisions)
        print("%-10s mean %4.0f tokens   again %8d   least %8d   ratio %.2f" % (name, mean, again, least, again / least),
              flush=True)


main()
