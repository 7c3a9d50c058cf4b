#!/usr/bin/env python3
"""An embedding plugin for varve, to copy. Try it: varve plugin test plugins/template/embed_template.py

Its "model" hashes words into 64 counts. Replace embed() and the hello; keep the rest."""
import base64
import json
import struct
import sys
import zlib

DIMENSIONS = 64


def embed(text, is_query):
    counts = [0.0] * DIMENSIONS
    for word in text.lower().split() or [""]:
        counts[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    return counts


def answer(request):
    if "hello" in request:
        return {"hello": {
            "protocol": 1, "name": "embed-template", "cookie": request["hello"]["cookie"],
            "model": "word-hash-64", "dimensions": DIMENSIONS,
            "fingerprint": "word-hash-64/1",  # another one whenever a vector would change
            "max_batch": 64, "window": 2, "fusion_weight": 0.1}}
    vectors = [embed(text, request["kind"] == "query") for text in request["texts"]]
    return {"id": request["id"], "vectors": [
        base64.b64encode(struct.pack("<%df" % DIMENSIONS, *v)).decode() for v in vectors]}


for line in sys.stdin:  # ends when varve closes it: then so does the plugin
    print(json.dumps(answer(json.loads(line))), flush=True)  # only answers go to stdout
