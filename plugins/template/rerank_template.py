#!/usr/bin/env python3
"""A reranking plugin for varve, to copy. Try it:
varve plugin test --role rerank plugins/template/rerank_template.py

Its "model" counts the words that a text has of the query. Replace score() and the hello; keep the rest."""
import json
import re
import sys


def words(text):
    return set(re.findall(r"\w+", text.lower()))


def score(query, text):
    wanted = words(query)
    return len(wanted & words(text)) / (len(wanted) or 1)


def answer(request):
    if "hello" in request:
        return {"hello": {
            "protocol": 1, "name": "rerank-template", "cookie": request["hello"]["cookie"],
            "model": "word-count", "max_batch": 64}}
    return {"id": request["id"], "scores": [score(request["query"], text) for text in request["texts"]]}


for line in sys.stdin:  # ends when varve closes it: then so does the plugin
    print(json.dumps(answer(json.loads(line))), flush=True)  # only answers go to stdout
