"""The client of one call of the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ygg import lock
from ygg.client import Client
from ygg.errors import Unreachable
from ygg.target import Target, data_dir, find_target, lock_file, running_url

RESTARTING = "`ygg up` runs here and restarts what died: try again in a moment, or see `ygg doctor`"


@contextmanager
def connected(*, timeout_seconds: float | None = None) -> Iterator[Client]:
    target = find_target()
    if timeout_seconds is None:
        client = Client(target)
    else:
        client = Client(target, timeout_seconds=timeout_seconds)
    try:
        yield client
    except Unreachable as error:
        if type(error) is Unreachable and _is_watched_here(target):
            error.hint = RESTARTING
        raise
    finally:
        client.close()


def _is_watched_here(target: Target) -> bool:
    """Whether this coordinator is part of a fleet that `ygg up` keeps running on this machine."""
    folder = data_dir()
    return lock.text_of_holder(lock_file(folder)) is not None and running_url(folder) == target.url
