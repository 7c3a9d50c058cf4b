"""The tokenizers against npm's @huggingface/tokenizers, token for token, on vocabularies that are trained here
(no real tokenizer.json can be shipped) on this repository's own texts and sentences of many languages.

usage: tokenizers.py BUILD [NODE_MODULES] [TEXT ...]

NODE_MODULES is the folder that has @huggingface/tokenizers (or $VARVE_NODE_MODULES); TEXT: more files to compare on.
Without it only the round trips are tested. The texts leave out what the two are known to see otherwise: see
docs/chunking.md, "Tokens"."""
import base64
import collections
import functools
import glob
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata

BUILD = sys.argv[1]
MODULES = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("VARVE_NODE_MODULES", "")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIGN = "\u2581"
LANGUAGES = [
    "Straße, Füße und Öl: Käse ist's, größer als 10.000 Bäume?", "Où est l'été à Besançon? Ça va, cœur naïf!",
    "El niño comió piñas; ¿cuándo? ¡Mañana!", "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Zażółć gęślą jaźń, Łódź.", "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία και τόσα άλλα.", "Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul'da ILIK",
    "נוסח עברי קצר עם ניקוד שָׁלוֹם.", "نص عربي قصير، مع تشكيل: كَتَبَ الوَلَدُ.", "यह एक छोटा हिन्दी वाक्य है।",
    "বাংলা ভাষায় একটি বাক্য।", "ประโยคภาษาไทยสั้นๆ ไม่มีช่องว่าง", "这是一个中文句子，没有空格。",
    "これは日本語の文です。カタカナも、漢字もある。ｶﾞｷﾞ", "한국어 문장도 하나 있습니다.", "Tiếng Việt có nhiều dấu: ằ ẳ ẵ ặ ế ệ.",
    "ﬁne ligatures, ① ② ½ ™ … x² ＦＵＬＬ width", "emoji 😀 👩‍👩‍👧 🇩🇪 and maths 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "e\u0301 a\u0308 n\u0303 combining, \u00a0nbsp\u2009thin  two   three spaces\tand tabs\n\nand lines \n ",
    "don't we'll I'd they're you've 'tis 'S IT'S 1st 2,000.50 x_y-z foo(bar[3]); a->b != 0x1F && c++",
]
# Where one part ends and the next begins for BERT's words; npm's normalizes some of it otherwise for others.
PARTS = ["=\u0338x .\u0301y 中\u0301文\u0300字 a\u302e\u0301\u0316b q\u0323\u0307 中.文!字a1 ䷀字䷁ 㐀㐁 ab中cd文。「字」，x", "a\x01b.c\x7fd \x0be\x0cf",
         "Ǆungla ŉ ﷺ ẞ İ Ω K Å \u0344x \u1e9b\u0323 각\u11a8 \U0001d15e 𠀀 豈 丽"]
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    passed, failed = passed + bool(condition), failed + (not condition)
    if not condition:
        print("FAIL", name, detail)


def texts():
    """Paragraphs, with what the two see otherwise taken out."""
    files = sum((glob.glob(ROOT + "/" + pattern, recursive=True)
                 for pattern in ("*.md", "docs/*.md", "demo/**/*", "man/*", "base/*.c", "tests/golden/*/*.md",
                                 "tests/golden/text/*")), []) + sys.argv[3:]
    out = list(LANGUAGES)
    for name in sorted(files):
        if os.path.isfile(name):
            try:
                with open(name, encoding="utf-8") as file:
                    out += file.read().split("\n\n")
            except UnicodeDecodeError:
                pass
    for first in range(0xA1, 0x3000, 24):
        line = "".join("a%sb " % chr(c) for c in range(first, first + 24) if unicodedata.category(chr(c))[0] in "LNPS")
        out.append(line)
    return [re.sub("[\x00\x85\ufeff\ufffd]", "", text)[:20000] for text in out if text.strip()]


# ---- training: enough to be like real vocabularies, not to be good ----

def byte_alphabet():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    other = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(other)}}


def train_pairs(words, vocabulary, merge_count):
    """Byte-pair merges over {word as a tuple of pieces: how often}."""
    words = [[list(word), count] for word, count in words.items()]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (word, count) in enumerate(words):
        for pair in zip(word, word[1:]):
            pairs[pair] += count
            where[pair].add(i)
    merges = []
    while len(merges) < merge_count and pairs:
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        if pairs[best] < 2:
            break
        merges.append(best)
        vocabulary.setdefault(best[0] + best[1], len(vocabulary))
        for i in where.pop(best):
            word, count = words[i]
            for pair in zip(word, word[1:]):
                pairs[pair] -= count
            at = 0
            while at < len(word) - 1:
                if (word[at], word[at + 1]) == best:
                    word[at:at + 2] = [word[at] + word[at + 1]]
                at += 1
            for pair in zip(word, word[1:]):
                pairs[pair] += count
                where[pair].add(i)
        del pairs[best]
    return merges


def base_json(**parts):
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
            "pre_tokenizer": None, "post_processor": None, "decoder": None, **parts}


def wordpiece(corpus):
    vocabulary = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    counts = collections.Counter()
    for text in corpus:
        plain = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").lower()
        counts.update(re.findall(r"\w+", plain))
        for c in plain:
            if not c.isspace():
                vocabulary[c] = vocabulary["##" + c] = None
    for word, _ in counts.most_common(6000):
        vocabulary[word] = None
        if len(word) > 3:
            vocabulary["##" + word[2:]] = None
    return base_json(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                                 "strip_accents": None, "lowercase": True},
                     pre_tokenizer={"type": "BertPreTokenizer"},
                     model={"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                            "max_input_chars_per_word": 100,
                            "vocab": {piece: i for i, piece in enumerate(vocabulary)}})


@functools.lru_cache
def train_bytes(corpus):
    alphabet = byte_alphabet()
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    for byte in range(256):
        vocabulary[alphabet[byte]] = len(vocabulary)
    counts = collections.Counter()
    for text in corpus:
        counts.update(re.findall(r" ?\w+| ?[^\w\s]+", text))
    words = collections.Counter({tuple(alphabet[b] for b in word.encode()): n for word, n in counts.items()})
    return vocabulary, train_pairs(words, vocabulary, 2000)


def byte_pairs(corpus, normalizer=None, **settings):
    vocabulary, merges = train_bytes(tuple(corpus))
    return base_json(normalizer=normalizer,
                     pre_tokenizer={"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
                     post_processor={"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0],
                                     "trim_offsets": True, "add_prefix_space": False},
                     model={"type": "BPE", "unk_token": None, "vocab": vocabulary,
                            "merges": [" ".join(pair) for pair in merges], **settings})


# As the models' own files have them.
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
DIGITS_FIRST = (r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", GPT2)


def split_pairs(corpus, *patterns, normalizer=None, behavior="Isolated", invert=False, **settings):
    """Byte pairs of the words that patterns find."""
    out = byte_pairs(corpus, normalizer, **settings)
    out["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
        *({"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert} for pattern in patterns),
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}
    return out


def punctuation_pairs(corpus):
    out = split_pairs(corpus)
    out["pre_tokenizer"]["pretokenizers"].insert(0, {"type": "Punctuation", "behavior": "Contiguous"})
    return out


def character_pairs(corpus):
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2, **{"<0x%02X>" % b: 3 + b for b in range(256)}}
    counts = collections.Counter()
    for text in corpus:
        counts.update(re.findall("(?:%s)?[^ ]+" % SIGN, (" " + text).replace(" ", SIGN)))
    known = {c for c, n in collections.Counter("".join(counts)).items() if n > 2}
    for c in sorted(known):
        vocabulary.setdefault(c, len(vocabulary))
    words = collections.Counter({tuple(word): n for word, n in counts.items() if set(word) <= known and len(word) < 40})
    merges = train_pairs(words, vocabulary, 1000)
    return base_json(normalizer={"type": "Sequence", "normalizers": [
                         {"type": "Prepend", "prepend": SIGN},
                         {"type": "Replace", "pattern": {"String": " "}, "content": SIGN}]},
                     model={"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                            "vocab": vocabulary, "merges": [list(pair) for pair in merges]})


@functools.lru_cache
def charsmap():
    """NFKC with white space made one, as a double-array trie: model/charsmap.h."""
    keys = {}
    for c in [*range(1, 0xD800), *range(0xE000, 0x20000)]:
        text = chr(c)
        if re.match("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]", text):
            to = ""
        elif re.match("[\t\n\x0c\r\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2581\u3000\ufeff\ufffd]", text):
            to = " "
        else:
            to = text if c == 0xFF5E else unicodedata.normalize("NFKC", text)
        if to != text:
            keys[text.encode()] = to.encode()
        pair = unicodedata.decomposition(text)
        if pair and "<" not in pair and " " in pair:
            pair = "".join(chr(int(part, 16)) for part in pair.split())
            if unicodedata.normalize("NFKC", pair) != pair:
                keys[pair.encode()] = unicodedata.normalize("NFKC", pair).encode()
    for pair in (chr(c) + mark for c in range(0xFF66, 0xFF9E) for mark in "\uff9e\uff9f"):
        keys[pair.encode()] = unicodedata.normalize("NFKC", pair).encode()
    values, blob = {}, b""
    for key, to in sorted(keys.items()):
        if to not in values:
            values[to] = len(blob)
            blob += to + b"\0"
    tree = {}
    for key, to in keys.items():
        node = tree
        for byte in key:
            node = node.setdefault(byte, {})
        node[0] = values[to]
    units, taken, bases, todo, first = {}, {0}, set(), [(0, 0, tree)], 1
    while todo:
        index, label, node = todo.pop()
        base = first
        while base in bases or any(base ^ child in taken for child in node):
            base += 1
        bases.add(base)
        if len(node) == 1:
            first = max(first, base - 200)
        taken |= {base ^ child for child in node}
        units[index] = label | (index ^ base) << 10 | (1 << 8 if 0 in node else 0)
        for child, below in node.items():
            if child:
                todo.append((base ^ child, child, below))
            else:
                units[base] = 1 << 31 | below
    array = b"".join(struct.pack("<I", units.get(i, 0)) for i in range(max(units) + 257))
    return base64.b64encode(struct.pack("<I", len(array)) + array + blob).decode()


def unigram(corpus, falls_back=False):
    counts = collections.Counter()
    for text in corpus:
        for word in unicodedata.normalize("NFKC", text).split():
            counts[SIGN + word] += 1
    pieces = collections.Counter()
    for word, n in counts.items():
        for start in range(len(word)):
            for end in range(start + 1, min(len(word), start + 9) + 1):
                pieces[word[start:end]] += n
    single = {piece: n for piece, n in pieces.items() if len(piece) == 1 and n > 1}
    best = sorted((p for p in pieces if len(p) > 1), key=lambda p: (-pieces[p] * len(p), p))[:8000]
    total = sum(pieces.values())
    vocabulary = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0]]
    if falls_back:
        vocabulary += [["<0x%02X>" % byte, -30.0] for byte in range(256)]
    vocabulary += [[piece, math.log(pieces[piece] / total)] for piece in [*sorted(single), *best]]
    return base_json(normalizer={"type": "Sequence", "normalizers": [
                         {"type": "Precompiled", "precompiled_charsmap": charsmap()},
                         {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
                     pre_tokenizer={"type": "Sequence", "pretokenizers": [
                         {"type": "WhitespaceSplit"},
                         {"type": "Metaspace", "replacement": SIGN, "add_prefix_space": True}]},
                     post_processor={"type": "TemplateProcessing",
                                     "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                                                {"Sequence": {"id": "A", "type_id": 0}},
                                                {"SpecialToken": {"id": "</s>", "type_id": 0}}],
                                     "pair": [], "special_tokens": {
                                         "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
                                         "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
                     model={"type": "Unigram", "unk_id": 3, "byte_fallback": falls_back, "vocab": vocabulary})


# ---- comparing ----

REFERENCE = """
import { Tokenizer } from %s;
import fs from 'fs';
const tokenizer = new Tokenizer(JSON.parse(fs.readFileSync(process.argv[2])), {tokenizer_class: process.argv[3]});
for (const text of fs.readFileSync(0, 'utf8').split('\\0'))
  console.log(tokenizer.encode(text, {add_special_tokens: false}).ids.join(' '));
"""


def ours(path, joined):
    run = subprocess.run([BUILD + "/embed-onnx", "--tokenizer", path, "--print-tokens"], input=joined,
                         capture_output=True, timeout=600)
    check("it runs", run.returncode == 0, run.stderr.decode())
    return run.stdout.decode().splitlines()


def compare(name, path, joined, corpus, folder):
    got = ours(path, joined)
    package = os.path.join(MODULES, "@huggingface/tokenizers/dist/tokenizers.mjs")
    check(name + ": a line each", len(got) == len(corpus), "%d of %d" % (len(got), len(corpus)))
    if name == "Unigram with bytes": # npm's has none
        check(name + ": nothing is unknown", not any(" 3 " in " %s " % line for line in got))
        return
    if not MODULES or not os.path.exists(package):
        return
    with open(folder + "/reference.mjs", "w") as file:
        file.write(REFERENCE % json.dumps(os.path.abspath(package)))
    kind = "BertTokenizer" if name == "WordPiece" else "PreTrainedTokenizer"
    run = subprocess.run(["node", folder + "/reference.mjs", path, kind], input=joined, capture_output=True, timeout=600)
    wanted = run.stdout.decode().splitlines()
    differing = [i for i in range(len(wanted)) if i >= len(got) or got[i] != wanted[i]]
    check(name + ": as npm's", len(wanted) == len(corpus) and not differing,
          run.stderr.decode()[-500:] + "".join("\n  %r\n    ours %s\n    npm  %s" % (corpus[i][:200], got[i][:200], wanted[i][:200])
                                               for i in differing[:3] if i < len(got)))
    print("%s: %d of %d texts differ (%d tokens)" % (name, len(differing), len(corpus),
                                                     sum(line.count(" ") + 1 for line in got)))


def check_chunks(name, path, folder):
    """Chunks in this model's tokens: counted as they are embedded, and never over the maximum."""
    document, conf = folder + "/document.md", folder + "/varve.conf"
    with open(document, "w") as file:
        for number in range(40):
            file.write("# Part %d\n\n%s\n\n\n\n" % (number, "\n\n".join(LANGUAGES[number % 7::7])))
    with open(conf, "w") as file:
        file.write("[chunk]\ntokenizer = %s\n" % path)
    run = subprocess.run([BUILD + "/varve", "chunk", "--json", "--config", conf, "--target", "40", "--maximum", "64", document],
                         capture_output=True, text=True, timeout=120)
    chunks = [json.loads(line) for line in run.stdout.splitlines()]
    inputs = [(chunk["heading_path"] + "\n" if chunk["heading_path"] else "") + chunk["text"] for chunk in chunks]
    counts = [len(line.split()) for line in ours(path, "\0".join(inputs).encode())]
    check(name + ": chunks", len(chunks) > 40, run.stderr)
    check(name + ": their counts", counts == [chunk["tokens"] for chunk in chunks],
          [(n, chunk) for n, chunk in zip(counts, chunks) if n != chunk["tokens"]][:2])
    check(name + ": none is over the maximum", max(counts, default=0) <= 64, max(counts, default=0))


def main():
    corpus = texts()
    if not MODULES:
        print("skipped: VARVE_NODE_MODULES does not name a folder with @huggingface/tokenizers")
    with tempfile.TemporaryDirectory() as folder:
        for name, train in (
                ("WordPiece", lambda: wordpiece(corpus)),
                ("byte pairs", lambda: byte_pairs(corpus)),
                ("byte pairs of composed text, whole words first",
                 lambda: byte_pairs(corpus, {"type": "NFC"}, ignore_merges=True)),
                ("byte pairs of Llama's words", lambda: split_pairs(corpus, LLAMA3, ignore_merges=True)),
                ("byte pairs of Qwen's words", lambda: split_pairs(corpus, QWEN2, normalizer={"type": "NFC"})),
                ("byte pairs of GPT-2's words by pattern",
                 lambda: split_pairs(corpus, GPT2, behavior="Removed", invert=True)),
                ("byte pairs of words by three patterns", lambda: split_pairs(corpus, *DIGITS_FIRST)),
                ("byte pairs between punctuation", lambda: punctuation_pairs(corpus)),
                ("character pairs", lambda: character_pairs(corpus)),
                ("Unigram", lambda: unigram(corpus)),
                ("Unigram with bytes", lambda: unigram(corpus, True))):
            path, tokenizer = folder + "/tokenizer.json", train()
            with open(path, "w") as file:
                json.dump(tokenizer, file, ensure_ascii=False)
            if os.environ.get("VARVE_KEEP_TOKENIZERS"):
                with open(os.path.join(os.environ["VARVE_KEEP_TOKENIZERS"], name.replace(" ", "-") + ".json"), "w") as file:
                    json.dump(tokenizer, file, ensure_ascii=False)
            more = PARTS if name == "WordPiece" else []
            compare(name, path, "\0".join(corpus + more).encode(), corpus + more, folder)
            check_chunks(name, path, folder)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


main()
