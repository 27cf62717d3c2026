"""A registry on loopback that an Ollama server pulls from: what another one has on its disk."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class OllamaRegistry:
    """Knows the two requests of a pull: the manifest, and blobs, also in part."""

    def __init__(self, models: Path) -> None:
        folder = models

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(body=True)

            def do_HEAD(self) -> None:
                self._answer(body=False)

            def _answer(self, *, body: bool) -> None:
                path, _, direct = self.path.partition("?")
                file = _file(folder, path)
                if file is None or not file.is_file():
                    self.send_error(404)
                    return
                if body and "/blobs/" in path and not direct:
                    # Ollama wants to be sent on to another host, where the bytes are.
                    port = self.headers["Host"].partition(":")[2]
                    self.send_response(307)
                    self.send_header("Location", f"http://localhost:{port}{path}?direct")
                    self.end_headers()
                    return
                content = file.read_bytes()
                start, end = _range(self.headers.get("Range"), len(content))
                part = content[start:end]
                self.send_response(206 if len(part) < len(content) else 200)
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                if body:
                    self.wfile.write(part)

            def log_message(self, format: str, *args: object) -> None:
                """Not into the tests' output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _file(models: Path, path: str) -> Path | None:
    """`/v2/library/NAME/manifests/TAG` or `/v2/library/NAME/blobs/sha256:…`"""
    _, _, *name, kind, last = path.split("/")
    if kind == "manifests":
        return models.joinpath("manifests", "registry.ollama.ai", *name, last)
    return models / "blobs" / last.replace(":", "-") if kind == "blobs" else None


def _range(header: str | None, size: int) -> tuple[int, int]:
    if not header:
        return 0, size
    start, _, end = header.removeprefix("bytes=").partition("-")
    return int(start), int(end) + 1 if end else size
