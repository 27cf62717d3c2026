"""A loopback HTTP server that answers as a test says: what no real registry would say, and a wire
to a real one that drops what the test wants dropped."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = {"Docker-Distribution-Api-Version": "registry/2.0"}


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    """By their names in small letters."""
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    size: int | None = None
    """What Content-Length says, where it is not the body's own: it hangs up in the middle."""
    endless: bool = False
    """The body again and again, until the other side has enough."""
    dripping: bool = False
    """The same, a byte of the headers now and then."""


class Dropped(Exception):
    """Hang up, and answer nothing."""


class ScriptedRegistry:
    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.asked: list[Asked] = []
        script = self

        class Request(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                asked = Asked(self.command, self.path, headers, body)
                script.asked.append(asked)
                try:
                    self._reply(answer(asked))
                except (Dropped, ConnectionError):
                    self.close_connection = True

            do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def _reply(self, reply: Reply) -> None:
                while reply.dripping:
                    self.wfile.write(b"H")
                    threading.Event().wait(0.02)
                self.send_response(reply.status)
                for name, value in (API | reply.headers).items():
                    self.send_header(name, value)
                if not reply.endless and "Content-Length" not in reply.headers:
                    size = len(reply.body) if reply.size is None else reply.size
                    self.send_header("Content-Length", str(size))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)
                while reply.endless:
                    self.wfile.write(reply.body)
                self.close_connection = reply.size is not None

            def log_message(self, format: str, *args: object) -> None:
                """The test knows what it asked."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.asked]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextlib.contextmanager
def scripted(answer: Callable[[Asked], Reply]) -> Iterator[ScriptedRegistry]:
    server = ScriptedRegistry(answer)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def passed_on(asked: Asked, address: str) -> Reply:
    """What a real registry answers to the same question."""
    headers = {name: value for name, value in asked.headers.items() if name != "host"}
    wire = http.client.HTTPConnection(address, timeout=30)
    with contextlib.closing(wire):
        wire.request(asked.method, asked.path, asked.body, headers)
        found = wire.getresponse()
        body = found.read()
    skipped = ("Transfer-Encoding", "Connection", "Date", *API)
    kept = {name: value for name, value in found.getheaders() if name not in skipped}
    return Reply(found.status, body, kept)
