"""A connection to the coordinator. A request goes out in one piece where the library makes two,
of which the first already wakes the other end."""

from __future__ import annotations

import http.client
import select
from typing import Any
from urllib.parse import urlsplit

from ygg.errors import BadInput

ONE_PIECE_BYTES = 64 * 1024
"""A longer one is not copied for this."""


class _Whole(http.client.HTTPConnection):
    _held: bytearray | None = None

    def request(self, *args: Any, **more: Any) -> None:
        self._held = bytearray()
        try:
            super().request(*args, **more)
            self._let_go()
        finally:
            self._held = None

    def send(self, data: Any) -> None:
        if self._held is not None and len(self._held) + len(data) <= ONE_PIECE_BYTES:
            self._held += data
            return
        self._let_go()
        super().send(data)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held:
            super().send(held)


class _SecureWhole(_Whole, http.client.HTTPSConnection):
    pass


def connection_to(url: str, timeout_seconds: float) -> http.client.HTTPConnection:
    """One that is opened when it is first used."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"{url!r} is no address of a coordinator",
            field="url",
            allowed=["http://HOST:PORT", "https://HOST:PORT"],
        )
    kind = _SecureWhole if parts.scheme == "https" else _Whole
    return kind(parts.hostname, parts.port, timeout=timeout_seconds)


def was_closed(connection: http.client.HTTPConnection) -> bool:
    """The other end has hung up meanwhile: between answers there is nothing else to read."""
    if connection.sock is None:
        return True
    look = select.poll()
    look.register(connection.sock, select.POLLIN)
    return bool(look.poll(0))
