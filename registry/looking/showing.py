"""Serves the page of images to this machine's own browser, made anew for each look."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from registry.client.registry import Registry
from registry.looking.page import Entry, View, page
from registry.looking.shelf import Shelved, shelved, signers
from registry.looking.usage import runners
from registry.signatures.signing import PublicKey
from ygg.errors import YggError
from ygg.views import ExecutorView

LOOPBACK = "127.0.0.1"
_NAMES = (LOOPBACK, "localhost")
Executors = Callable[[], Sequence[ExecutorView] | None]


def view(registry: Registry, key: PublicKey, executors: Sequence[ExecutorView] | None) -> View:
    images = {name: shelved(registry, name) for name in registry.catalog()}
    runs = runners(executors or ())
    return View(
        registry.address,
        {name: _entries(registry, found, key, runs) for name, found in images.items() if found},
        executors is not None,
        _now(),
    )


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, make: Callable[[], View]) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.make = make

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is nobody's news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host = (self.headers.get("Host") or "").partition(":")[0]
        if host not in _NAMES:  # another site's script, by a name that leads here
            self._say(403, "this page is for this machine's browser")
        elif self.path.partition("?")[0] != "/":
            self._say(404, "there is no such page")
        else:
            try:
                self._say(200, page(cast("Server", self.server).make()), kind="text/html")
            except YggError as error:
                self._say(503, f"{error.message}\n{error.hint or ''}")

    do_HEAD = do_GET

    def _say(self, status: int, text: str, *, kind: str = "text/plain") -> None:
        body = text.encode()
        self.send_response(status)
        headers: Mapping[str, str] = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Looks are nobody's news."""


def _entries(
    registry: Registry,
    images: Sequence[Shelved],
    key: PublicKey,
    runs: Mapping[str, tuple[str, ...]],
) -> list[Entry]:
    signed = signers(registry, images, key)
    return [Entry(one, signed[one.digest], runs.get(one.digest, ())) for one in images]


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
