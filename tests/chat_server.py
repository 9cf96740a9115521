"""A chat server in OpenAI's form that does what a test tells it, well or badly, on 127.0.0.1."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Answering(BaseHTTPRequestHandler):
    """`server.plan` is called for each POST with this handler; GET lists `server.models`."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def parse_request(self) -> bool:
        self.server.peers.append(self.client_address)
        return super().parse_request()

    def do_GET(self) -> None:
        if isinstance(self.server.models, int):
            self.whole(self.server.models, b"{}")
        elif isinstance(self.server.models, bytes):
            self.whole(200, self.server.models)
        else:
            listed = {"object": "list", "data": [{"id": m, "object": "model"} for m in self.server.models]}
            self.whole(200, json.dumps(listed).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        self.server.keys.append(self.headers.get("Authorization", ""))
        with suppress(OSError):                                  # who asked has gone
            self.server.plan(self)

    def whole(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def raw(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def event(self, data: Any) -> None:
        self.raw(b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n")

    def delta(self, end: str | None = None, **delta: Any) -> None:
        self.event({"id": "x", "object": "chat.completion.chunk", "choices": [
            {"index": 0, "delta": delta, "finish_reason": end}]})  # fmt: skip

    def end(self) -> None:
        self.event(b"[DONE]")
        self.raw(b"")

    def gone(self) -> bool:
        """Waits until the other side has closed the connection."""
        self.connection.settimeout(20)
        try:
            return self.connection.recv(1) == b""
        except ConnectionError:
            return True

    def hang(self) -> None:
        """Says nothing until the other side has gone, and tells of it."""
        if self.gone():
            self.server.left.set()
        self.close_connection = True

    def cut(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True

    def __init__(self, plan: Callable[[Answering], None]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.plan = plan
        self.models: list[str] | bytes | int = ["first", "second"]
        self.asked, self.keys, self.left = list[Any](), list[str](), threading.Event()
        self.peers: list[tuple[str, int]] = []               # whom each request came from
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_: Any) -> None:
        """Connections that break are what these tests are about."""


@contextmanager
def serving(plan: Callable[[Answering], None]) -> Iterator[Server]:
    server = Server(plan)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="chat server")
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


def speaks(*texts: str) -> Callable[[Answering], None]:
    """A plan: these texts, and a proper end."""
    def plan(to: Answering) -> None:
        to.begin()
        for text in texts:
            to.delta(content=text)
        to.delta(end="stop")
        to.end()

    return plan
