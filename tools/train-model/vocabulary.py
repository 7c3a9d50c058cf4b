#!/usr/bin/env python3
"""The vocabulary of a model, as a model to begin training with: vocabulary.py BASE SIZE OUT < words

BASE is a model whose tokens and rows are kept, or "-"; the rest of SIZE tokens is chosen from the words, one a
line, and their rows are random. Whole words come first, then pieces for words that are not tokens. Each script
has a share by the square root of how often its unknown words occur, so that a language with little text is not
left to single letters.
"""
import random, struct, sys, unicodedata
from collections import Counter

SEEN_LEAST = 4          # occurrences of a word that becomes a token
WORD_MOST, PIECE_MOST = 24, 6  # characters
PIECES = 0.3            # of a script's share, unless the base has many tokens of it: new pieces would be
PIECES_UNTIL = 2000     # taken for parts of words that it cuts well
ALONE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")  # words of one character: there are no pieces
FREQUENT = 3e-4         # a word with this share of all words gets half the weight of a rare one
DIMENSIONS = 256
ROW_BYTES = DIMENSIONS // 2
SPREAD = 2.8            # root mean square of the integers of a row, of 7 at most: little is cut off


def hash_of(token):
    """FNV-1a, as in model/semb_scan.c."""
    value = 0xCBF29CE484222325
    for byte in token:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return (value ^ value >> 29) & 0xFFFFFFFF


def read_model(path):
    data = open(path, "rb").read()
    count, dimensions, slots, _, _, bits = struct.unpack_from("<6I", data, 8)
    if data[:8] != b"SEMB0001" or bits != 4 or dimensions != DIMENSIONS:
        sys.exit("vocabulary.py: '%s' is no model of %d dimensions and 4 bits" % (path, DIMENSIONS))
    at = 64 + 4 * slots
    offsets = struct.unpack_from("<%dI" % (count + 1), data, at)
    at += 4 * (count + 1)
    tokens = [data[at + offsets[i]:at + offsets[i + 1]].decode() for i in range(count)]
    rows = len(data) - count * ROW_BYTES
    return tokens, [data[rows + i * ROW_BYTES:rows + (i + 1) * ROW_BYTES] for i in range(count)]


def write_model(path, tokens, rows):
    encoded = [t.encode() for t in tokens]
    slot_count = 64
    while slot_count < 2 * len(tokens):
        slot_count *= 2
    slots = [0] * slot_count
    for i, token in enumerate(encoded):
        k = hash_of(token) & (slot_count - 1)
        while slots[k]:
            k = (k + 1) & (slot_count - 1)
        slots[k] = i + 1
    offsets = [0]
    for token in encoded:
        offsets.append(offsets[-1] + len(token))
    longest = min(24, max(len(t) for t in encoded))
    data = b"SEMB0001" + struct.pack("<6I", len(tokens), DIMENSIONS, slot_count, offsets[-1], longest, 4) + bytes(32)
    data += struct.pack("<%dI" % slot_count, *slots) + struct.pack("<%dI" % len(offsets), *offsets) + b"".join(encoded)
    data += bytes(-len(data) % 64) + b"".join(rows)
    with open(path, "wb") as file:
        file.write(data)


def script_of(word):
    for c in word:
        if c.isalpha():
            return unicodedata.name(c, "OTHER").split(" ")[0]
    return "DIGITS"


def counted():
    counts = Counter()
    while True:
        lines = sys.stdin.buffer.readlines(1 << 24)
        if not lines:
            break
        counts.update(lines)
    return Counter({w.rstrip(b"\n").decode("utf-8", "replace"): c for w, c in counts.items() if c >= 2})


def pieces(unknown, known, room):
    """What saves most characters, in words that are not tokens; all single characters first."""
    singles, grams = Counter(), Counter()
    for word, count in unknown:
        for c in word:
            singles[c] += count
        for size in range(2, PIECE_MOST + 1):
            for i in range(len(word) - size + 1):
                grams[word[i:i + size]] += count
    chosen = [c for c, n in sorted(singles.items(), key=lambda x: (-x[1], x[0])) if c not in known and n >= SEEN_LEAST]
    order = sorted(grams, key=lambda g: (-grams[g] * (len(g) - 1), g))
    return (chosen + [g for g in order if g not in known])[:room]


def choose(counts, known, room):
    """The new tokens, with the weight of their rows."""
    total, by_script = sum(counts.values()), {}
    for word, count in counts.items():
        if word not in known and len(word) <= WORD_MOST and not (word.isdigit() and len(word) > 4):
            by_script.setdefault(script_of(word), []).append((word, count))
    need = {s: sum(c for _, c in words) ** 0.5 for s, words in by_script.items()}
    chosen, taken, of_base = [], set(known), Counter(script_of(w) for w in known)
    for script in sorted(by_script, key=lambda s: (need[s], s)):
        share = round((room - len(chosen)) * need[script] / sum(n for s, n in need.items()
                                                               if (n, s) >= (need[script], script)))
        words = sorted((x for x in by_script[script] if x[0] not in taken), key=lambda x: (-x[1], x[0]))
        has_pieces = script not in ALONE and of_base[script] < PIECES_UNTIL
        whole = share if not has_pieces else round(share * (1 - PIECES))
        whole = [w for w, c in words[:whole] if c >= SEEN_LEAST]
        taken.update(whole)
        parts = pieces(words[len(whole):], taken, share - len(whole)) if has_pieces else []
        taken.update(parts)
        chosen += [(w, FREQUENT / (FREQUENT + counts[w] / total)) for w in whole] + [(p, 0.5) for p in parts]
        print("%-12s %8d unknown words, %5d tokens, %5d pieces; %s" % (
            script, sum(c for _, c in words), len(whole), len(parts), " ".join(whole[:6])), file=sys.stderr)
    return chosen


def random_row(draw, weight):
    values = [max(-7, min(7, round(draw.gauss(0, SPREAD * weight)))) & 15 for _ in range(DIMENSIONS)]
    return bytes(values[i] | values[i + ROW_BYTES] << 4 for i in range(ROW_BYTES))


def main():
    base, size, out = sys.argv[1:4]
    tokens, rows = read_model(base) if base != "-" else ([], [])
    room = int(size) - len(tokens)
    chosen = choose(counted(), set(tokens), room)[:room]
    draw = random.Random(1)
    write_model(out, tokens + [w for w, _ in chosen], rows + [random_row(draw, weight) for _, weight in chosen])


if __name__ == "__main__":
    main()
