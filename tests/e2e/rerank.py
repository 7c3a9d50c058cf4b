"""rerank-http against a real HTTP server on the loopback, which answers as two kinds of services do, and fails as
they do. The "model" of the server counts the query's words."""
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = sys.argv[1]
passed = failed = 0


def score(query, text):
    return sum(text.lower().count(word) for word in set(query.lower().split())) / 10 - 0.5


class Service(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def send(self, status, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.seen.append((self.path, request))
        texts = request.get("documents", request.get("texts"))
        order = sorted(range(len(texts)), key=lambda i: -score(request["query"], texts[i]))
        fault = server.faults.pop(0) if server.faults else ""
        if server.key and self.headers.get("Authorization") != "Bearer " + server.key:
            self.send(401, {"message": "invalid api token"})
        elif fault == "503":
            self.send(503, b"busy")
        elif fault == "garbage":
            self.send(200, b"<html>")
        else:
            order = order[:-1] if fault == "few" else order
            shift = 1000 if fault == "index" else 0
            if self.path == "/rerank":
                self.send(200, [{"index": i + shift, "score": score(request["query"], texts[i])} for i in order])
            else:
                self.send(200, {"id": "x", "results": [
                    {"index": i + shift, "relevance_score": score(request["query"], texts[i])} for i in order]})


class Plugin:
    def __init__(self, *options, faults=(), key=None):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self.server.seen, self.server.faults, self.server.key = [], list(faults), key
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.command = [BUILD + "/rerank-http", "--url", "http://127.0.0.1:%d" % self.server.server_port, *options]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.hello = self.ask({"hello": {"protocol": 1, "role": "rerank", "cookie": "c00"}})

    def ask(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def rank(self, query, texts):
        return self.ask({"id": 1, "kind": "rerank", "query": query, "texts": texts})

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        self.server.shutdown()
        self.server.server_close()
        return status


def check(name, condition, detail=""):
    global passed, failed
    passed, failed = passed + bool(condition), failed + (not condition)
    if not condition:
        print("FAIL", name, detail)


TEXTS = ["the lake", "a varve \"of\" the lake\nand the sea", "nothing"]
for api, path, options in (("cohere", "/v1/rerank", ("--model", "m")), ("tei", "/rerank", ("--api", "tei"))):
    plugin = Plugin(*options)
    check(api + " hello", plugin.hello.get("hello", {}).get("cookie") == "c00", plugin.hello)
    answer = plugin.rank("varve lake", TEXTS)
    check(api + " scores", answer == {"id": 1, "scores": [score("varve lake", t) for t in TEXTS]}, answer)
    check(api + " path", {seen[0] for seen in plugin.server.seen} == {path}, plugin.server.seen)
    check(api + " nothing", plugin.rank("x", []) == {"id": 1, "scores": []})
    check(api + " end", plugin.end() == 0)
    for fault in ("garbage", "few", "index"):
        plugin = Plugin(*options, faults=[fault])
        answer = plugin.rank("lake", TEXTS)
        check(api + " " + fault + " is no score", "error" in answer and "scores" not in answer, answer)
        check(api + " goes on after " + fault, "scores" in plugin.rank("lake", TEXTS))
        plugin.end()
    plugin = Plugin(*options, faults=["503"])
    check(api + " is tried again", "scores" in plugin.rank("lake", TEXTS))
    plugin.end()
plugin = Plugin("--model", "m", key="sk-secret")
answer = plugin.rank("lake", TEXTS)
check("a missing key", "invalid api token" in answer.get("error", ""), answer)
plugin.end()
check("a missing model", "--model is needed" in Plugin().hello.get("error", ""))
plugin = Plugin("--api", "tei")
run = subprocess.run([BUILD + "/varve", "plugin", "test", "--role", "rerank", "--", *plugin.command],
                     capture_output=True, text=True, timeout=120)
check("varve plugin test", run.returncode == 0 and ", 0 failed" in run.stdout, run.stdout + run.stderr)
plugin.end()
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
