"""Which image of a name stands for it."""

from __future__ import annotations

import datetime

import pytest

from registry.looking.shelf import Shelved, foremost
from registry.names import ImageName


def shelved(day: int, *tags: str) -> Shelved:
    return Shelved(
        name=ImageName("localhost:7430", "one", tags[0]),
        tags=tags,
        digest=f"sha256:{day:064x}",
        size_bytes=1,
        created=datetime.datetime(2026, 1, day, tzinfo=datetime.UTC),
        version="",
        revision="",
        platforms=(),
        is_signed=False,
    )


@pytest.mark.parametrize(
    ("newest_first", "wanted"),
    [
        ([shelved(3, "8.0.2"), shelved(2, "8.0.6", "latest"), shelved(1, "9.0.0")], "8.0.6"),
        ([shelved(3, "8.0.2"), shelved(2, "8.0.10"), shelved(1, "8.0.9")], "8.0.10"),
        ([shelved(3, "mine"), shelved(2, "0.0.0-alpha")], "0.0.0-alpha"),
        ([shelved(3, "mine"), shelved(2, "yours")], "mine"),
    ],
)
def test_the_latest_stands_for_its_name_or_the_greatest_or_the_newest(
    newest_first: list[Shelved], wanted: str
) -> None:
    assert wanted in foremost(newest_first).tags
