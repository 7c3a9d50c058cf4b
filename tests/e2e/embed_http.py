"""embed-http against a real HTTP server on the loopback, which answers as three kinds of services do, and
fails in the ways in which they fail. The "model" of the server counts letters."""
import base64
import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BUILD = sys.argv[1]
KEY = "sk-very-secret"
passed = failed = 0


def vector(text, dimensions):
    counts = [0.125] * dimensions
    for letter in text.lower():
        counts[ord(letter) % dimensions] += 1.0
    return counts


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        server = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = request.get("input") or request.get("inputs")
        with server.lock:
            server.seen.append((time.monotonic(), self.path, dict(self.headers), request))
            fault = server.faults.pop(0) if server.faults and "How many dim" not in texts[0] else None
        if server.key and self.headers.get("Authorization") != "Bearer " + server.key:
            self.send(401, {"error": {"message": "Incorrect API key provided"}})
        elif any("POISON" in text for text in texts):
            self.send(400, {"error": {"message": "maximum context length exceeded"}})
        elif fault == "429":
            self.send(429, {"error": {"message": "Rate limit reached"}}, [("Retry-After", "1")])
        elif fault in ("500", "503"):
            self.send(int(fault), b"<html>upstream is down</html>")
        elif fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b'{"data":[{"ind')
            self.close_connection = True
        elif fault == "drop":
            self.close_connection = True
        elif fault == "slow":
            time.sleep(2.5)
            self.close_connection = True
        elif fault == "garbage":
            self.send(200, b"OK")
        elif fault == "few":
            self.answer(texts[:-1], server.dimensions)
        elif fault == "wrong":
            self.answer(texts, server.dimensions + 1)
        else:
            self.answer(texts, request.get("dimensions", server.dimensions))

    def answer(self, texts, dimensions):
        vectors = [vector(text, dimensions) for text in texts]
        if self.path == "/embed":
            self.send(200, vectors)
        elif self.path == "/api/embed":
            self.send(200, {"model": "m", "embeddings": vectors, "prompt_eval_count": 7 * len(texts)})
        else:
            data = [{"object": "embedding", "embedding": v, "index": i} for i, v in enumerate(vectors)]
            self.send(200, {"object": "list", "data": data[::-1], "model": "m",
                            "usage": {"prompt_tokens": 5 * len(texts), "total_tokens": 5 * len(texts)}})


class Plugin:
    """The service and embed-http over it."""

    def __init__(self, *options, dimensions=16, faults=(), key=None, environment=None):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        self.server.lock, self.server.seen = threading.Lock(), []
        self.server.faults, self.server.key, self.server.dimensions = list(faults), key, dimensions
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        self.errors = tempfile.TemporaryFile()
        self.command = [BUILD + "/embed-http", "--url", self.url, "--model", "letters", *options]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, env={"PATH": "/bin", **(environment or {})})
        self.send({"hello": {"protocol": 1, "role": "embed", "cookie": "c00"}})
        self.hello = self.read()

    def send(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def read(self):
        while True:
            line = self.process.stdout.readline()
            message = json.loads(line) if line else None
            if not message or "progress" not in message:
                return message

    def ask(self, texts, kind="passage", request_id=1):
        self.send({"id": request_id, "kind": kind, "texts": texts})
        return self.read()

    def end(self):
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        self.server.shutdown()
        self.server.server_close()
        self.errors.seek(0)
        return status, self.errors.read().decode()


def check(name, condition, detail=""):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAIL", name, detail)


def is_vectors(answer, texts, dimensions=16, request_id=1):
    if not answer or answer.get("id") != request_id or len(answer.get("vectors", ())) != len(texts):
        return False
    return all(struct.unpack("<%df" % dimensions, base64.b64decode(v)) == tuple(vector(t, dimensions))
               for v, t in zip(answer["vectors"], texts))


def test_services():
    texts = ["first", "second \"quoted\"", "dritte Zeile\nmit Umbruch"]
    for api, path in (("openai", "/v1/embeddings"), ("ollama", "/api/embed"), ("tei", "/embed")):
        plugin = Plugin("--api", api, "--price", "0.5")
        hello = plugin.hello.get("hello", {})
        check(api + " hello", hello.get("dimensions") == 16 and hello.get("cookie") == "c00" and
              hello.get("model") == "letters" and not hello.get("query_differs"), plugin.hello)
        check(api + " vectors", is_vectors(plugin.ask(texts), texts))
        check(api + " path", {seen[1] for seen in plugin.server.seen} == {path})
        status, errors = plugin.end()
        check(api + " end", status == 0, status)
        check(api + " cost", api == "tei" or "tokens, cost 0.0" in errors, errors)


def test_settings():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(KEY + "\n")
        file.flush()
        plugin = Plugin("--key-file", file.name, "--dimensions", "8", "--query-prefix", "query: ",
                        "--header", "X-Team: lake", key=KEY)
    check("dimensions", plugin.hello["hello"]["dimensions"] == 8 and plugin.hello["hello"]["query_differs"])
    check("query", is_vectors(plugin.ask(["a"], "query"), ["query: a"], 8))
    check("passage", is_vectors(plugin.ask(["a"]), ["a"], 8))
    check("header", plugin.server.seen[-1][2].get("X-Team") == "lake")
    fingerprint = plugin.hello["hello"]["fingerprint"]
    status, errors = plugin.end()
    check("the key is not told", status == 0 and KEY not in errors, errors)
    plugin = Plugin("--key-env", "MY_KEY", "--dimensions", "8", key=KEY, environment={"MY_KEY": KEY})
    check("key from the environment", "hello" in plugin.hello, plugin.hello)
    check("prefixes are in the fingerprint", plugin.hello["hello"]["fingerprint"] != fingerprint)
    plugin.end()


def test_faults():
    for fault, seconds in (("429", 1), ("500", 0.5), ("503", 0.5), ("cut", 0.5), ("drop", 0), ("slow", 1)):
        plugin = Plugin("--timeout", "1", faults=[fault])
        start = time.monotonic()
        check(fault + " is tried again", is_vectors(plugin.ask(["lake", "varve"]), ["lake", "varve"]))
        check(fault + " waits", time.monotonic() - start >= seconds * 0.98, time.monotonic() - start)
        check(fault + " end", plugin.end()[0] == 0)


def test_retry_after_holds_all_back():
    plugin = Plugin(faults=["429"])
    for request_id in range(1, 5):
        plugin.send({"id": request_id, "kind": "passage", "texts": ["t%d" % request_id]})
    answers = sorted((plugin.read() for _ in range(4)), key=lambda answer: answer["id"])
    check("all are answered", all(is_vectors(a, ["t%d" % a["id"]], 16, a["id"]) for a in answers), answers)
    plugin.end()


def test_wrong_answers():
    for fault in ("garbage", "few", "wrong"):
        plugin = Plugin(faults=[fault])
        answer = plugin.ask(["a", "b"])
        check(fault + " is no vector", answer.get("retry") is True and "error" in answer, answer)
        check(fault + " ends it", plugin.end()[0] == 1)


def test_refusals():
    plugin = Plugin()
    answer = plugin.ask(["a", "POISON"])
    check("a text that is refused", answer.get("retry") is False and "context length" in answer["error"], answer)
    check("others go on", is_vectors(plugin.ask(["a"]), ["a"]))
    plugin.end()
    plugin = Plugin(key=KEY)
    check("a missing key", "Incorrect API key" in plugin.hello.get("error", ""), plugin.hello)
    check("a missing key ends it", plugin.end()[0] == 1)
    plugin = Plugin()
    plugin.server.key = KEY
    answer = plugin.ask(["a"])
    check("a key that is revoked", answer.get("retry") is True, answer)
    check("a revoked key ends it", plugin.end()[0] == 1)
    plugin = Plugin("--api", "telepathy")
    check("a wrong option", "wrong option" in plugin.hello.get("error", ""), plugin.hello)
    plugin.end()


def test_conformance():
    plugin = Plugin("--batch", "16", faults=["429", "500", "cut"])
    run = subprocess.run([BUILD + "/varve", "plugin", "test", "--", *plugin.command],
                         capture_output=True, text=True, timeout=120)
    check("varve plugin test", run.returncode == 0 and ", 0 failed" in run.stdout, run.stdout + run.stderr)
    plugin.end()


for test in (test_services, test_settings, test_faults, test_retry_after_holds_all_back, test_wrong_answers,
             test_refusals, test_conformance):
    test()
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
