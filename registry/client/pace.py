"""A server that answers a byte a minute never runs into a timeout of silence; here it does.

What counts is the time we wait for it, in one exchange: a fixed time, and more for each byte moved.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx
from httpcore import SOCKET_OPTION


@dataclass(frozen=True)
class Pace:
    grace_seconds: float = 120
    bytes_each_second: int = 16 * 1024
    longest_seconds: float = 3600

    def allowed_seconds(self, moved_bytes: int) -> float:
        return min(self.grace_seconds + moved_bytes / self.bytes_each_second, self.longest_seconds)


class PacedTransport(httpx.HTTPTransport):
    def __init__(self, verify: ssl.SSLContext, pace: Pace) -> None:
        super().__init__(verify=verify)
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=16,
            max_keepalive_connections=16,
            keepalive_expiry=5,
            network_backend=_Backend(pace),
        )


class _Backend(httpcore.SyncBackend):
    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._pace)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, pace: Pace) -> None:
        self._stream = stream
        self._pace = pace
        self._reading = True
        self._waited_seconds = 0.0
        self._moved_bytes = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._reading = True
        began = time.monotonic()
        found = self._stream.read(max_bytes, self._patience(timeout, httpcore.ReadTimeout))
        self._count(began, len(found))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._reading:  # another exchange begins
            self._reading, self._waited_seconds, self._moved_bytes = False, 0.0, 0
        began = time.monotonic()
        self._stream.write(buffer, self._patience(timeout, httpcore.WriteTimeout))
        self._count(began, len(buffer))

    def _patience(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._pace.allowed_seconds(self._moved_bytes) - self._waited_seconds
        if left <= 0:
            raise late("too slow")
        return left if timeout is None else min(left, timeout)

    def _count(self, began: float, moved_bytes: int) -> None:
        self._waited_seconds += time.monotonic() - began
        self._moved_bytes += moved_bytes

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._pace)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
