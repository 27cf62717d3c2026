"""Unified diffs, as git and diff write them: which lines stand in each file afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from executors.workspace import relative_path
from ygg.errors import BadInput

Mark = Literal["+", " ", "-"]
NOTHING = "/dev/null"
MOST_LINES = 50_000

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_ESCAPED = {
    b"a": b"\a",
    b"b": b"\b",
    b"t": b"\t",
    b"n": b"\n",
    b"v": b"\v",
    b"f": b"\f",
    b"r": b"\r",
}


@dataclass(frozen=True)
class DiffLine:
    mark: Mark
    text: str


@dataclass(frozen=True)
class Hunk:
    old_first: int
    new_first: int
    lines: tuple[DiffLine, ...]

    def side(self, without: Mark) -> list[str]:
        return [one.text for one in self.lines if one.mark != without]


@dataclass(frozen=True)
class FileDiff:
    path: str
    """As it is called afterwards."""
    is_new: bool
    hunks: tuple[Hunk, ...]

    def applied(self, before: str) -> str | None:
        """The file afterwards, from how it is: before the change, or after it already. Nothing if
        it is neither."""
        lines = before.split("\n")
        if all(_stands(lines, one.new_first, one.side("-")) for one in self.hunks):
            return before
        if not all(_stands(lines, one.old_first, one.side("+")) for one in self.hunks):
            return None
        for one in reversed(self.hunks):
            old = one.side("+")
            first = one.old_first - 1 if old else one.old_first
            lines[first : first + len(old)] = one.side("-")
        return "\n".join(lines)

    @property
    def whole(self) -> str | None:
        """The file, if all of it is in the diff."""
        if not self.is_new or len(self.hunks) != 1:
            return None
        return "\n".join(self.hunks[0].side("-")) + "\n"


def read_diff(text: str) -> list[FileDiff]:
    """Files that are there afterwards. BadInput says which line is not understood."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_LINES:
        raise BadInput(f"the diff has more than {MOST_LINES} lines", hint="review it in parts")
    reading = _Reading(lines)
    found = [one for one in reading.files() if one is not None]
    if not found and not reading.deleted:
        raise BadInput("that is no unified diff", hint="`git diff` and `diff -u` write such")
    return found


class _Reading:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self.deleted = 0

    def files(self) -> Iterator[FileDiff | None]:
        while self._at < len(self._lines):
            here, after = self._line(0), self._line(1)
            if here.startswith("@@@ "):
                raise BadInput(
                    f"line {self._at + 1}: a diff of a merge has no one side before",
                    hint="compare with one parent",
                )
            if here.startswith("--- ") and after.startswith("+++ "):
                self._at += 2
                yield self._file(_name(here[4:]), _name(after[4:]))
            else:
                self._at += 1

    def _line(self, ahead: int) -> str:
        at = self._at + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def _file(self, old: str, new: str) -> FileDiff | None:
        hunks = tuple(self._hunks())
        if new == NOTHING:
            self.deleted += 1
            return None
        if not hunks:
            raise BadInput(f"{new[:80]}: the diff has no lines of it")
        path = _without_prefix(old, new)
        relative_path(path, "diff")
        return FileDiff(path, old == NOTHING, hunks)

    def _hunks(self) -> Iterator[Hunk]:
        while head := _HUNK.match(self._line(0)):
            self._at += 1
            old, new = int(head[2] or 1), int(head[4] or 1)
            yield Hunk(int(head[1]), int(head[3]), tuple(self._hunk(old, new)))

    def _hunk(self, old: int, new: int) -> Iterator[DiffLine]:
        while old > 0 or new > 0:
            line = self._line(0)
            mark: Mark | None = _MARKS.get(line[:1])
            if mark is not None:
                old -= mark != "+"
                new -= mark != "-"
            if mark is None or min(old, new) < 0 or self._at >= len(self._lines):
                raise BadInput(
                    f"line {self._at + 1}: a hunk has not the lines that its head says",
                    hint="give the diff as it was written",
                )
            self._at += 1
            yield DiffLine(mark, line[1:])
            if self._line(0).startswith("\\"):  # no newline at the end of the file
                self._at += 1


_MARKS: dict[str, Mark] = {"+": "+", "-": "-", " ": " ", "": " "}
"""A blank line may have lost its mark on the way."""


def _stands(lines: list[str], first: int, wanted: list[str]) -> bool:
    there = [line.rstrip("\r") for line in lines[first - 1 : first - 1 + len(wanted)]]
    return not wanted or there == wanted


def _name(text: str) -> str:
    """`diff` writes the time behind a tab; git quotes names with odd characters."""
    if not text.startswith('"'):
        return text.partition("\t")[0].rstrip()
    inner = text[1:].rpartition('"')[0].encode(errors="replace")
    return _ESCAPE.sub(_unescaped, inner).decode(errors="replace")


def _unescaped(found: re.Match[bytes]) -> bytes:
    one: bytes = found[1]
    if len(one) == 3:
        return bytes([int(one, 8) & 0xFF])
    return _ESCAPED.get(one, one)


def _without_prefix(old: str, new: str) -> str:
    """git's `a/` and `b/`, where both have theirs."""
    if new.startswith("b/") and (old == NOTHING or old.startswith("a/")):
        return new[2:]
    return new
