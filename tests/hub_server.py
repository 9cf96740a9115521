"""A server on this machine that speaks as much of the hub's API as huggingface_hub needs, and fails to order."""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" + "0" * 34
LARGE = 100                      # bytes from which a file is kept as LFS does: with a sha256, on another path


class HubServer:
    """`repositories`: {OWNER/NAME: {file: bytes}}; `faults`: what goes wrong with a file's next answers, in order.

    faults: `cut N` ends the line after N bytes; `hold N` sends no more until the other side hangs up (`held` is set
    then); `wrong` changes a byte; `whole` ignores the range; `long` sends more than was said; a number is a status.
    asked: (path, range) of every request for a file's bytes.
    """

    def __init__(self):
        self.reset()
        self.held, outer = threading.Event(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_):                # a client that hangs up is what some tests are about
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def reset(self):
        self.repositories, self.faults, self.asked, self.licence, self.gated = {}, {}, [], "apache-2.0", set()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # -- answers ----------------------------------------------------------------------------------------------
    def answer(self, request):
        path = unquote(urlsplit(request.path).path)
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            return self.info(request, "/".join(parts[2:4]))
        if parts[2:3] == ["resolve"]:
            return self.resolve(request, "/".join(parts[:2]), "/".join(parts[4:]))
        if parts[0] == "cdn":
            return self.bytes_of(request, "/".join(parts[1:3]), "/".join(parts[3:]))
        return self.say(request, 404)

    def info(self, request, name):
        if name in self.gated:
            return self.say(request, 403, {"X-Error-Code": "GatedRepo"})
        if name not in self.repositories:
            return self.say(request, 404, {"X-Error-Code": "RepoNotFound"})
        siblings = []
        for file, data in self.repositories[name].items():
            git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
            one = {"rfilename": file, "size": len(data), "blobId": git}
            if len(data) >= LARGE:
                one["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            siblings.append(one)
        body = {"id": name, "sha": COMMIT, "siblings": siblings, "cardData": {"license": self.licence}}
        return self.say(request, 200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def resolve(self, request, name, file):
        data = self.repositories.get(name, {}).get(file)
        if data is None:
            return self.say(request, 404, {"X-Error-Code": "EntryNotFound"})
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha1(data).hexdigest()}"'}
        if len(data) < LARGE:
            return self.bytes_of(request, name, file, headers)
        headers |= {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{hashlib.sha256(data).hexdigest()}"',
                    "Location": f"{self.endpoint}/cdn/{name}/{file}"}  # fmt: skip
        return self.say(request, 302, headers)

    def bytes_of(self, request, name, file, headers=None):
        data, asked = self.repositories[name][file], request.headers.get("Range")
        self.asked.append((file, asked))
        fault = self.faults[file].pop(0) if self.faults.get(file) else ""
        if isinstance(fault, int):
            return self.say(request, fault)
        start, status, headers = 0, 200, dict(headers or {})
        if asked and fault != "whole":
            start, status = int(asked.removeprefix("bytes=").removesuffix("-")), 206
            if start >= len(data):
                return self.say(request, 416)
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        if fault == "wrong":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "long":
            body += b"more"
        if str(fault).startswith(("cut ", "hold ")):
            return self.say(request, status, headers, body, int(fault.split()[1]), fault.startswith("hold"))
        return self.say(request, status, headers, body)

    def say(self, request, status, headers=None, body=b"", cut=None, hold=False):
        request.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            request.send_header(key, value)
        request.end_headers()
        request.wfile.write(body[:cut])
        if cut is not None:
            request.wfile.flush()
            if hold:
                self.held.set()
                request.connection.recv(1)
            request.close_connection = True
