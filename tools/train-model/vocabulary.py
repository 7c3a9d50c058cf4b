#!/usr/bin/env python3
"""The vocabulary of a model, as a model to begin training with: vocabulary.py BASE SIZE OUT [FIRST END] < words

BASE is a model whose tokens and rows are kept, without those from FIRST up to END, or "-"; the rest of SIZE tokens
is chosen from the words, one a line, and their rows are random, short where a token is frequent. Words and parts of
words compete: those stay without which most words would be cut into more pieces. Each script has a share by
the square root of how often its unknown words occur, so that a language with little text is not left to letters.
"""
import random, struct, sys, unicodedata
from collections import Counter

SEEN_LEAST = 4          # occurrences of a word that becomes a token
WORD_MOST, PIECE_MOST = 24, 7  # characters
WORDS_MOST = 30000      # of a script that are looked at, the most frequent
CANDIDATES = 3          # of words and of parts, for each token that there is room for
SCRIPT_LEAST = 1e-3     # a script with fewer of all unknown words has no token
POWER = 0.45            # frequencies count by this power: other texts have other words
WHOLE = 1.5             # a word that is a token stands for nothing else
SHARES = {              # of what a script would have: more where a word has many forms and there is little text
    "ARABIC": 1.7, "DEVANAGARI": 1.8, "CYRILLIC": 0.9, "CJK": 0.65, "DIGITS": 0.3}
ALONE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")  # words of one character: there are no pieces
FREQUENT = 2e-3         # a word with this share of all words gets half the weight of a rare one
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


def cut(word, known, longest):
    """As the model cuts a word that is no token: the longest token that fits, again and again."""
    at, parts = 0, []
    while at < len(word):
        for end in range(min(len(word), at + longest), at, -1):
            if word[at:end] in known and end - at < len(word):
                parts.append(word[at:end])
                break
        at = max(end, at + 1)
    return parts


def candidates(words, known, room):
    """Whole words, and parts of words that are in several; all single characters first."""
    singles, grams, types = Counter(), Counter(), Counter()
    for word, count in words:
        weight = count ** POWER
        for size in range(1, PIECE_MOST + 1):
            for i in range(len(word) - size + 1):
                gram = word[i:i + size]
                (grams if size > 1 else singles)[gram] += weight
                types[gram] += 1
    chosen = [c for c in sorted(singles, key=lambda c: (-singles[c], c)) if c not in known and types[c] >= SEEN_LEAST]
    whole = [w for w, count in words if count >= SEEN_LEAST and len(w) > 1][:CANDIDATES * room]
    order = sorted((g for g in grams if types[g] >= SEEN_LEAST), key=lambda g: (-grams[g] * (len(g) - 1), g))
    parts = [g for g in order[:CANDIDATES * room] if g not in known]
    return chosen[:room], sorted(set(whole + parts) - set(known))


def choose_of_script(words, known, room):
    """The tokens that save most others, and how often each is used: those that save least go, a part at a time."""
    words = words[:WORDS_MOST]
    singles, left = candidates(words, known, room)
    room -= len(singles)
    while True:
        tokens = set(known)
        tokens.update(singles)
        tokens.update(left)
        weights, used = Counter(), Counter()
        for word, count in words:
            for part in [word] if word in tokens else cut(word, tokens, PIECE_MOST):
                weights[part] += count ** POWER * (WHOLE if part == word else 1)
                used[part] += count
        if len(left) <= room:
            return singles + left, used
        saved = {t: weights[t] * (len(cut(t, tokens, PIECE_MOST)) - 1) for t in left}
        left = sorted(sorted(left, key=lambda t: (-saved[t], t))[:max(room, len(left) * 2 // 3)])


def choose(counts, known, dropped, room):
    """The new tokens, with the weight of their rows."""
    by_script, total = {}, Counter()
    for word, count in counts.items():
        total[script_of(word)] += count
        if word not in known and word not in dropped and len(word) <= WORD_MOST and not (word.isdigit() and len(word) > 4):
            by_script.setdefault(script_of(word), []).append((word, count))
    unknown = {s: sum(c for _, c in words) for s, words in by_script.items()}
    least = sum(unknown.values()) * SCRIPT_LEAST
    need = {s: n ** 0.5 * SHARES.get(s, 1) for s, n in unknown.items() if n >= least}
    chosen = []
    for script in sorted(need, key=lambda s: (need[s], s)):
        share = round((room - len(chosen)) * need[script] / sum(n for s, n in need.items()
                                                               if (n, s) >= (need[script], script)))
        words = sorted(by_script[script], key=lambda x: (-x[1], x[0]))
        if script in ALONE:
            tokens, used = [w for w, c in words[:share] if c >= SEEN_LEAST], counts
        else:
            tokens, used = choose_of_script(words, {w for w in known if len(w) <= PIECE_MOST}, share)
        rare = FREQUENT * total[script]
        chosen += [(t, rare / (rare + used[t])) for t in tokens]
        whole = [t for t in tokens if t in counts]
        print("%-12s %8d of %9d words are unknown, %5d tokens, %5d of them words; %s" % (
            script, unknown[script], total[script], len(tokens), len(whole),
            " ".join(sorted(tokens, key=lambda t: -used[t])[:12])), file=sys.stderr)
    return chosen


def random_row(draw, weight):
    values = [max(-7, min(7, round(draw.gauss(0, SPREAD * weight)))) & 15 for _ in range(DIMENSIONS)]
    return bytes(values[i] | values[i + ROW_BYTES] << 4 for i in range(ROW_BYTES))


def main():
    base, size, out = sys.argv[1:4]
    first, end = (int(x) for x in (sys.argv[4:6] or (0, 0)))
    tokens, rows = read_model(base) if base != "-" else ([], [])
    dropped = set(tokens[first:end])
    tokens, rows = tokens[:first] + tokens[end:], rows[:first] + rows[end:]
    room = int(size) - len(tokens)
    chosen = choose(counted(), set(tokens), dropped, room)[:room]
    draw = random.Random(1)
    write_model(out, tokens + [w for w, _ in chosen], rows + [random_row(draw, weight) for _, weight in chosen])


if __name__ == "__main__":
    main()
