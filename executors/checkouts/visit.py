"""Work with the copy of a repository."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from executors.checkouts.mirror import Mirror, open_mirror
from executors.checkouts.mirrors import tidy
from executors.checkouts.remote import Remote
from executors.checkouts.repositories import RepositorySettings
from ygg.adapters.git_trouble import Broken

T = TypeVar("T")


def visit(remote: Remote, settings: RepositorySettings, work: Callable[[Mirror], T]) -> T:
    """A copy that turns out to be damaged is made anew, once, and the work done again."""
    cache = remote.context.cache
    mirror = open_mirror(cache, remote)
    try:
        done = work(mirror)
    except Broken as error:
        remote.context.log(f"{error.message}\nThe copy of {remote.url} is made anew")
        mirror.give_up()
        done = work(open_mirror(cache, remote))
    tidy(cache, keep_days=settings.keep_days, most_bytes=settings.cache_bytes)
    return done
