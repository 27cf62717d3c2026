"""Where the parts of a source stand in its text, counted in characters."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from code_agent.python.source import lines_of, tokens_of


@dataclass(frozen=True)
class Token:
    text: str
    start: int
    end: int


class Offsets:
    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = lines_of(source)
        self._starts = [0, *accumulate(len(line) for line in self._lines)]
        self._tokens: list[Token] | None = None

    def at(self, line: int, utf8_column: int) -> int:
        """`ast` counts columns in bytes."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        before = text.encode()[:utf8_column].decode(errors="ignore")
        return self._starts[min(line - 1, len(self._lines))] + len(before)

    def span(self, node: ast.expr | ast.stmt | ast.pattern) -> tuple[int, int]:
        last = node.end_lineno or node.lineno
        return self.at(node.lineno, node.col_offset), self.at(last, node.end_col_offset or 0)

    def line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def tokens(self, start: int, end: int) -> list[Token]:
        """Those that lie in a part of the text; comments and strings are one each."""
        if self._tokens is None:
            self._tokens = self._read_tokens()
        found = []
        for token in self._tokens[bisect_left(self._tokens, start, key=lambda one: one.start) :]:
            if token.end > end:
                break
            found.append(token)
        return found

    def _read_tokens(self) -> list[Token]:
        return [
            Token(one.string, self._place(one.start), self._place(one.end))
            for one in tokens_of(self.source)
            if one.string.strip()
        ]

    def _place(self, position: tuple[int, int]) -> int:
        line, column = position
        return self._starts[min(line - 1, len(self._lines))] + column


def replaced(source: str, start: int, end: int, text: str) -> str:
    return source[:start] + text + source[end:]
