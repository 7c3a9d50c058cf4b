#!/usr/bin/env python3
"""A sink for varve, to copy: keeps the segments of every live document in one JSON file.

A real one would write to a database: apply() there, and the position in the same transaction."""
import json
import os
import sys

PATH = sys.argv[1]
state = {"position": 0, "documents": {}}
if os.path.exists(PATH):
    with open(PATH) as file:
        state = json.load(file)


def apply(change):
    documents, key = state["documents"], str(change["document"])
    if change["op"] in ("delete", "erase"):
        documents.pop(key, None)
    else:  # put, move, metadata, vectors: doing one of them twice changes nothing
        document = documents.setdefault(key, {"segments": {}})
        document["path"] = "/".join(filter(None, [change["source"], change["file"], change.get("member")]))
        document["segments"].update({str(s["segment"]): s["text"] for s in change["segments"]})
        for segment in change.get("removed", []):
            document["segments"].pop(str(segment), None)


def save():
    with open(PATH + ".new", "w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(PATH + ".new", PATH)


for line in sys.stdin:
    message = json.loads(line)
    if "hello" in message:
        print(json.dumps({"hello": {
            "protocol": 1, "name": "sink-template", "cookie": message["hello"]["cookie"],
            "position": state["position"], "wants_vectors": False}}), flush=True)
        continue
    apply(message)
    if not message.get("more"):
        state["position"] = message["seq"]
        save()
        print(json.dumps({"ack": message["seq"]}), flush=True)
