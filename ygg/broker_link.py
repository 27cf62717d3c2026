"""A connection to the broker for one thread at a time, with little between a call and its socket.

A task costs a few round trips, so the client's own share of each counts: a pool, retries and
measurements that nobody reads take longer than the rest together.
"""

from __future__ import annotations

from typing import Any

from redis import Redis

from ygg.broker import SOCKET_TIMEOUT_SECONDS, connect
from ygg.settings import Settings

Argument = str | bytes | int | float


class Link(Redis):
    """Not for sharing. Connects when first used; after an error, when next used."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        connection = self.connection
        assert connection is not None  # noqa: S101  `link` sets it
        connection.send_packed_command(  # type: ignore[no-untyped-call]
            [packed(*args)], check_health=False
        )
        answer = connection.read_response()
        options.pop("keys", None)  # the names of keys, for caches
        callback = self.response_callbacks.get(args[0])  # type: ignore[no-untyped-call]
        return callback(answer, **options) if callback else answer


def link(settings: Settings, timeout_seconds: float = SOCKET_TIMEOUT_SECONDS) -> Link:
    pool = connect(settings, timeout_seconds=timeout_seconds).connection_pool
    found = Link(connection_pool=pool)
    found.connection = pool.make_connection()  # type: ignore[assignment]
    return found


def packed(command: str, *args: Argument) -> bytes:
    """A command as it goes over the wire; one of two words is written with a blank."""
    words = [*command.split(" "), *args]
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        content = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(content), content))
    return b"".join(parts)
