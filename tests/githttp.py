"""Real git over HTTP on loopback: git's own backend, behind a name and password."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.services import ServiceMissing

USER, PASSWORD = "ada", "correct horse"


class GitHttp:
    """Serves what lies in a folder; `moved` redirects all below `/old/` to another server."""

    host = "127.0.0.1"

    def __init__(self, folder: Path) -> None:
        self.moved = ""
        self.asked: list[str] = []
        self._folder = folder
        self._backend = find_backend()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                outer.asked.append(self.path)

        self._server = ThreadingHTTPServer((self.host, 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        if self.moved and request.path.startswith("/old/"):
            request.send_response(302)
            request.send_header("Location", self.moved + request.path.removeprefix("/old"))
            request.end_headers()
            return
        given = request.headers.get("Authorization", "")
        if given != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="git"')
            request.end_headers()
            return
        self._serve(request)

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        where = urlsplit(request.path)
        headers = request.headers
        told = {
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": request.command,
            "PATH_INFO": where.path,
            "QUERY_STRING": where.query,
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
            "REMOTE_USER": USER,
        }
        body = request.rfile.read(int(headers.get("Content-Length", 0)))
        ran = subprocess.run(
            [self._backend], input=body, env=os.environ | told, capture_output=True, check=True
        )
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
        request.send_response(int(lines.pop("Status", "200").split()[0]))
        for name, value in lines.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)


def find_backend() -> str:
    said = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
    backend = Path(said.stdout.strip(), "git-http-backend")
    if not backend.exists():
        raise ServiceMissing(f"{backend} is missing: run sudo scripts/debian")
    return str(backend)
