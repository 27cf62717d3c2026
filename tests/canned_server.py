"""A loopback HTTP server that answers every request with bytes a test wrote, and hangs up."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class CannedServer:
    def __init__(self, answer: bytes, *, hold: bool = False) -> None:
        self._answer = answer
        self._hold = hold
        """Keep the connection and say nothing more."""
        self._held: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.requests.append(self._read(connection))
                connection.sendall(self._answer)
                self._held.append(connection)
                if not self._hold:
                    connection.close()

    def _read(self, connection: socket.socket) -> bytes:
        """The whole request: hanging up on one that is half read would reset the connection."""
        found = b""
        while b"\r\n\r\n" not in found:
            found += connection.recv(65536)
        head, _, body = found.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.splitlines()
                if line.lower().startswith(b"content-length:")
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self._held:
            connection.close()


@contextlib.contextmanager
def canned(
    status: str, body: bytes, *, length: int | None = None, hold: bool = False
) -> Iterator[CannedServer]:
    """`length` above the body's own: it hangs up in the middle."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
    server = CannedServer(head.encode() + body if not hold else b"", hold=hold)
    server.start()
    try:
        yield server
    finally:
        server.stop()
