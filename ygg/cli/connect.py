"""The client of one call of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ygg.client import Client
from ygg.target import find_target


@contextmanager
def connected(*, timeout_seconds: float | None = None) -> Iterator[Client]:
    target = find_target()
    if timeout_seconds is None:
        client = Client(target)
    else:
        client = Client(target, timeout_seconds=timeout_seconds)
    try:
        yield client
    finally:
        client.close()
