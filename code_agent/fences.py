"""The fenced blocks of a text, as CommonMark has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENS = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)", re.DOTALL)
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True)
class Block:
    language: str
    """The first word after the fence, in small letters; often empty."""
    code: str
    closed: bool
    """Else the text ended before the block did."""


@dataclass
class _Open:
    indent: int
    fence: str
    language: str
    lines: list[str]

    def is_closed_by(self, line: str) -> bool:
        inner = line.lstrip(" ")
        bare = inner.rstrip(" \t")
        only_fence = bare == self.fence[0] * len(bare)
        return only_fence and len(bare) >= len(self.fence) and len(line) - len(inner) <= 3

    def take(self, line: str) -> None:
        spaces = len(line) - len(line.lstrip(" "))
        self.lines.append(line[min(self.indent, spaces) :])

    def block(self, *, closed: bool) -> Block:
        return Block(self.language, "".join(self.lines), closed)


def blocks(text: str) -> list[Block]:
    """A shorter fence, or one of the other kind, is content; so is one that is indented by four."""
    found: list[Block] = []
    open_one: _Open | None = None
    for match in _LINE.finditer(text):
        line, bare = match[0], match[0].rstrip("\r\n")
        if open_one is None:
            open_one = _opened(bare)
        elif open_one.is_closed_by(bare):
            found.append(open_one.block(closed=True))
            open_one = None
        else:
            open_one.take(line)
    if open_one is not None:
        found.append(open_one.block(closed=False))
    return found


def _opened(line: str) -> _Open | None:
    match = _OPENS.fullmatch(line)
    if match is None:
        return None
    return _Open(len(match[1]), match[2], _language(match[3]), [])


def _language(info: str) -> str:
    """`python`, of `Python title="a.py"`, `python:a.py`, `{.python}` and `{python}`, too."""
    words = info.strip().strip("{}").replace(",", " ").split()
    return words[0].lstrip(".").partition(":")[0].lower() if words else ""
