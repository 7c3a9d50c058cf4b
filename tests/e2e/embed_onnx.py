"""embed-onnx on a model written here byte by byte: a table of token vectors, so that what must come out is
known. Transformer weights are not needed to test what the plugin adds: tokens, padding, pooling, limits."""
import base64
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

BUILD = sys.argv[1]
RUNTIME = os.environ.get("VARVE_ONNXRUNTIME")
DIMENSIONS = 12
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "lake", "##s", "var", "##ve", "the", ",", ".", "un", "##able", "a",
          "##b", "##c", "ice", "湖", "\"", "?"]
passed = failed = 0


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAIL", name, detail)


# ---- protocol buffers, as much as ONNX needs ----

def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, rows):
    raw = b"".join(struct.pack("<%df" % len(row), *row) for row in rows)
    return number(1, len(rows)) + number(1, len(rows[0])) + number(2, 1) + block(8, name) + block(9, raw)


def value(name, kind, *dims):
    shape = b"".join(block(1, number(1, d) if isinstance(d, int) else block(2, d)) for d in dims)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, shape)))


def node(operator, inputs, output):
    return b"".join(block(1, name) for name in inputs) + block(2, output) + block(4, operator)


def model(table, output="last_hidden_state"):
    graph = block(1, node("Gather", ["table", "input_ids"], "words"))
    graph += block(1, node("Gather", ["types", "token_type_ids"], "kinds"))
    graph += block(1, node("Add", ["words", "kinds"], output)) + block(2, "test")
    graph += block(5, tensor("table", table)) + block(5, tensor("types", [[0.5] * DIMENSIONS] * 2))
    for name in ("input_ids", "attention_mask", "token_type_ids"):
        graph += block(11, value(name, 7, "batch", "sequence"))
    graph += block(12, value(output, 1, "batch", "sequence", DIMENSIONS))
    return number(1, 7) + block(8, block(1, "") + number(2, 13)) + block(7, graph)


# ---- the plugin ----

random.seed(7)
TABLE = [[random.uniform(-1, 1) for _ in range(DIMENSIONS)] for _ in PIECES]


def expected(pieces, pooling="mean"):
    rows = [[x + 0.5 for x in TABLE[PIECES.index(piece)]] for piece in ["[CLS]", *pieces, "[SEP]"]]
    mean = rows[0] if pooling == "cls" else [sum(column) / len(rows) for column in zip(*rows)]
    length = math.sqrt(sum(x * x for x in mean))
    return [x / length for x in mean]


class Plugin:
    def __init__(self, folder, *options):
        self.command = [BUILD + "/embed-onnx", "--model", folder + "/m.onnx", "--tokenizer",
                        folder + "/tokenizer.json", "--runtime", RUNTIME or "/nowhere/libonnxruntime.so",
                        "--threads", "1", *options]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.hello = self.ask({"hello": {"protocol": 1, "cookie": "c"}})

    def ask(self, message):
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self.process.stdout.readline()
        return json.loads(line) if line else {}

    def vectors(self, texts, kind="passage"):
        answer = self.ask({"id": 1, "kind": kind, "texts": texts})
        return [struct.unpack("<%df" % DIMENSIONS, base64.b64decode(v)) if isinstance(v, str) else v
                for v in answer["vectors"]]

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.stdout.close()
        return self.process.wait(20)


def is_close(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-5 for x, y in zip(a, b))


def write_tokenizer(folder, kind="WordPiece"):
    with open(folder + "/tokenizer.json", "w") as file:
        json.dump({"normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                                  "strip_accents": None, "lowercase": True},
                   "pre_tokenizer": {"type": "BertPreTokenizer"},
                   "model": {"type": kind, "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                             "max_input_chars_per_word": 100,
                             "vocab": {piece: i for i, piece in enumerate(PIECES)}}}, file)


def test_refusals(folder):
    plugin = Plugin(folder, "--runtime", "/nowhere/libonnxruntime.so")
    check("a missing runtime", "cannot open ONNX Runtime" in plugin.hello.get("error", ""), plugin.hello)
    check("ends it", plugin.end() == 1)
    write_tokenizer(folder, "Letters")
    plugin = Plugin(folder)
    check("another tokenizer", "its model is 'Letters'" in plugin.hello.get("error", ""), plugin.hello)
    plugin.end()
    write_tokenizer(folder)


def test_vectors(folder):
    plugin = Plugin(folder, "--query-prefix", "the ", "--tokens", "40")
    check("hello", plugin.hello.get("hello", {}).get("dimensions") == DIMENSIONS and
          plugin.hello["hello"]["query_differs"] and plugin.hello["hello"]["token_limit"] == 38, plugin.hello)
    # 40 with [CLS] and [SEP]
    texts = {"Lakes, the VARVE.": ["lake", "##s", ",", "the", "var", "##ve", "."],
             "l\u0061\u0301ke \u00cdce": ["lake", "ice"],
             "unable zzz\tabc": ["un", "##able", "[UNK]", "a", "##b", "##c"],
             "湖湖a": ["湖", "湖", "a"],
             "": [],
             "a\u0000\ufffd\u200db?": ["a", "##b", "?"]}
    got = plugin.vectors(list(texts))
    for vector, (text, pieces) in zip(got, texts.items()):
        check("vector of %r" % text, is_close(vector, expected(pieces)))
    again = [plugin.vectors([text])[0] for text in texts]
    check("padding changes nothing", all(is_close(a, b) for a, b in zip(got, again)))
    check("query", is_close(plugin.vectors(["lake"], "query")[0], expected(["the", "lake"])))
    got = plugin.vectors(["a " * 38, "a " * 39, "lake"])
    check("as long as may be", is_close(got[0], expected(["a"] * 38)))
    check("longer is refused, not cut", isinstance(got[1], dict) and "longer" in got[1]["error"])
    check("beside it", is_close(got[2], expected(["lake"])))
    check("end", plugin.end() == 0)
    plugin = Plugin(folder, "--pooling", "cls")
    check("first token", is_close(plugin.vectors(["lake"])[0], expected(["lake"], "cls")))
    plugin.end()
    run = subprocess.run([BUILD + "/varve", "plugin", "test", "--", *plugin.command],
                         capture_output=True, text=True, timeout=120)
    # The texts of the test are of other words than the twenty of this model, so some are alike.
    wrong = [line for line in run.stdout.splitlines() if line.startswith("FAIL") and "different texts" not in line]
    check("varve plugin test", not wrong, run.stdout + run.stderr)


with tempfile.TemporaryDirectory() as folder:
    write_tokenizer(folder)
    with open(folder + "/m.onnx", "wb") as file:
        file.write(model(TABLE))
    test_refusals(folder)
    if RUNTIME:
        test_vectors(folder)
    else:
        print("note: VARVE_ONNXRUNTIME is not set: the model itself is not run")
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
