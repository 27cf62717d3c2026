"""Whether two sources are the same to the byte, but for docstrings."""

from __future__ import annotations

import ast
from itertools import zip_longest

from code_agent.python.holders import Holder, holders
from code_agent.python.sameness import same_tree
from code_agent.python.source import column, lines_of, newline_of, parsed

_Line = tuple[int, str]


def same_code(before: str, after: str) -> str | None:
    """Where they differ first; nothing when they are the same. SyntaxError for what is no Python.

    Blank lines may differ next to a docstring, and a body that stood on the line of its header
    (`class Stop(Exception): pass`) may have got a line of its own beside one.
    """
    old_tree, new_tree = parsed(before), parsed(after)
    old, new = holders(old_tree), holders(new_tree)
    _undocument(old)
    _undocument(new)
    if change := same_tree(old_tree, new_tree):
        return change
    old_text, new_text = _Text(before), _Text(after)
    for one, other in zip(old, new, strict=True):
        if one.docstring or other.docstring:
            splits = one.is_on_header(old_text.lines) != other.is_on_header(new_text.lines)
            old_text.leave_out(one, splits=splits)
            new_text.leave_out(other, splits=splits)
    return _difference(old_text.left(), new_text.left())


def _undocument(found: list[Holder]) -> None:
    for one in found:
        if one.docstring is not None:
            del one.node.body[0]


def _difference(before: list[_Line], after: list[_Line]) -> str | None:
    for one, other in zip_longest(before, after):
        if one is None or other is None or one[1] != other[1]:
            was = _shown(one)
            became = _shown(other)
            return f"line {(other or one)[0]}: {was} became {became}"
    return None


def _shown(line: _Line | None) -> str:
    return "the end" if line is None else repr(line[1])[:80]


class _Text:
    """A source's lines, less those of docstrings."""

    def __init__(self, source: str) -> None:
        self.lines = lines_of(source)
        self._left: list[str | None] = [*self.lines]

    def left(self) -> list[_Line]:
        return [
            (number, line)
            for number, text in enumerate(self._left, 1)
            if text is not None
            for line in lines_of(text)
        ]

    def leave_out(self, one: Holder, *, splits: bool) -> None:
        begins = one.begins_at(self.lines)
        if splits:
            self._split(one)
        if not one.is_on_header(self.lines):
            self._drop_blank_before(begins)
        if one.docstring is not None:
            self._drop(one.docstring)
            self._drop_blank_before(one.docstring.lineno)
            self._drop_blank_after(one.docstring.end_lineno or begins)

    def _drop(self, docstring: ast.stmt) -> None:
        first, last = docstring.lineno, docstring.end_lineno or docstring.lineno
        before, after = self.lines[first - 1], self.lines[last - 1]
        left = before[: column(before, docstring.col_offset)]
        right = after[column(after, docstring.end_col_offset or 0) :]
        self._left[first - 1 : last] = [None] * (last - first + 1)
        if (left + right).strip():
            self._left[first - 1] = left + right

    def _split(self, one: Holder) -> None:
        """The body to a line of its own, without its indentation: that is new."""
        if one.first is None:
            return
        number = one.first.lineno - 1
        line = self.lines[number]
        place = column(line, one.first.col_offset)
        head = line[:place].rstrip()
        self._left[number] = (head + newline_of(line) if head else "") + line[place:]

    def _drop_blank_before(self, number: int) -> None:
        """Among comments, too, up to what comes before these."""
        for index in range(number - 2, -1, -1):
            line = self.lines[index].strip()
            if line and not line.startswith("#"):
                break
            if not line:
                self._left[index] = None

    def _drop_blank_after(self, number: int) -> None:
        for index in range(number, len(self.lines)):
            if self.lines[index].strip():
                break
            self._left[index] = None
