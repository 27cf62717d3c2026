"""One finding of `ygg doctor`."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    name: str
    verdict: str
    """`ok`, `warn` or `FAIL`"""
    detail: str
    next: str = ""


def gib(size_bytes: float) -> str:
    return f"{size_bytes / 1024**3:,.1f} GiB"
