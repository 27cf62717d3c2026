"""What is shown to the model at a time: about one function, its lines numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from code_agent.languages.parsing import Unparsed
from code_agent.languages.symbols import symbols
from code_agent.languages.which import Language
from code_agent.python.source import lines_of
from code_agent.reviewing.diffs import FileDiff, Hunk

MOST_LINES = 80
MOST_CHARACTERS = 6000
"""A piece of more is shown in parts."""
SMALL_LINES = 40
"""What is next to each other is shown together, up to this."""
LINE_LENGTH = 300
"""More of a line is not shown."""


@dataclass(frozen=True)
class Shown:
    text: str
    number: int | None
    """Nothing: it is a line that the change takes away."""
    mark: str = ""

    def as_line(self) -> str:
        number = "" if self.number is None else str(self.number)
        text = self.text if len(self.text) <= LINE_LENGTH else self.text[:LINE_LENGTH] + "…"
        return f"{number:>5} {self.mark}| {text}"


@dataclass(frozen=True)
class Piece:
    path: str
    lines: tuple[Shown, ...]
    is_change: bool = False

    @cached_property
    def numbered(self) -> dict[int, str]:
        """The lines that a finding may be about."""
        return {one.number: one.text for one in self.lines if one.number is not None}

    @cached_property
    def added(self) -> frozenset[int]:
        """Of a change, those that are new."""
        return frozenset(one.number for one in self.lines if one.number and one.mark == "+")

    @property
    def place(self) -> str:
        numbers = self.numbered
        return f"{self.path}:{min(numbers)}-{max(numbers)}" if numbers else self.path

    def as_text(self) -> str:
        return "\n".join(one.as_line() for one in self.lines)


def pieces_of_file(path: str, text: str, language: Language | None) -> list[Piece]:
    lines = [line.rstrip("\r\n") for line in lines_of(text)]
    shown = [Shown(line, number) for number, line in enumerate(lines, 1)]
    parts = [shown[first - 1 : last] for first, last in _spans(text, language, len(lines))]
    return [Piece(path, tuple(part)) for whole in _together(parts) for part in _split(whole)]


def pieces_of_diff(diff: FileDiff) -> list[Piece]:
    parts = [part for hunk in diff.hunks for part in _split(_shown(hunk))]
    found = [Piece(diff.path, tuple(part), is_change=True) for part in parts]
    return [one for one in found if one.numbered]


def _shown(hunk: Hunk) -> list[Shown]:
    number = hunk.new_first
    found = []
    for line in hunk.lines:
        gone = line.mark == "-"
        found.append(Shown(line.text, None if gone else number, line.mark))
        number += not gone
    return found


def _spans(text: str, language: Language | None, count: int) -> Iterator[tuple[int, int]]:
    """The innermost functions, and what is between them."""
    after = 1
    for first, last in _functions(text, language):
        if first < after:
            continue
        if first > after:
            yield after, first - 1
        yield first, min(last, count)
        after = last + 1
    if after <= count:
        yield after, count


def _functions(text: str, language: Language | None) -> list[tuple[int, int]]:
    if language is None:
        return []
    try:
        found = symbols(language, text)
    except Unparsed:
        return []
    return [(one.start_line, one.end_line) for one in found if one.kind in ("function", "method")]


def _together(parts: Sequence[list[Shown]]) -> Iterator[list[Shown]]:
    held: list[Shown] = []
    for part in parts:
        if held and (len(held) + len(part) > SMALL_LINES or _size(held) > MOST_CHARACTERS):
            yield held
            held = []
        held = held + part
    if held:
        yield held


def _split(lines: Sequence[Shown]) -> Iterator[list[Shown]]:
    held: list[Shown] = []
    size = 0
    for line in lines:
        length = len(line.as_line())
        if held and (len(held) >= MOST_LINES or size + length > MOST_CHARACTERS):
            yield from _unless_blank(held)
            held, size = [], 0
        held.append(line)
        size += length
    yield from _unless_blank(held)


def _unless_blank(lines: list[Shown]) -> Iterator[list[Shown]]:
    if any(one.text.strip() for one in lines):
        yield lines


def _size(lines: list[Shown]) -> int:
    return sum(len(one.as_line()) for one in lines)
