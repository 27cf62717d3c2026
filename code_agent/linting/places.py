"""The function or statement that a diagnostic lies in, and a file with another in its place."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from code_agent.languages.bytes_replaced import by_bytes
from code_agent.languages.pieces import Piece, pieces_of
from code_agent.languages.which import Language
from code_agent.python.functions import Function
from code_agent.python.indentation import Depth, moved, outdented, unit_of
from code_agent.python.source import (
    lines_of,
    lines_within_strings,
    newline_of,
    parsed,
    said_of,
    tokens_of,
)
from code_agent.python.splice import spliced
from code_agent.python.symbols import Definition, all_symbols, first_line_of, indent_of
from code_agent.unusable import Unusable
from executors.projects.diagnostics import Diagnostic

TAKE_AWAY = "pass"
"""What stands for nothing in an answer about statements."""
MOST_GROWTH = 10
"""So many lines more than before are no correction of some statements."""


_DEFINED_TWICE = "F811"
_EARLIER = re.compile(r"\bfrom line (\d+)\b")


@dataclass(frozen=True)
class Place:
    name: str
    """The function's; statements outside of functions have none."""
    first_line: int
    last_line: int
    text: str
    piece: Piece | None = None
    """What the place is to a language other than Python."""

    @property
    def defines(self) -> list[str]:
        return [self.name.rpartition(".")[2]] if self.name else []


def line_of(found: Diagnostic) -> int:
    """Of what is defined twice the first: it is in vain, and what the other does counts."""
    earlier = _EARLIER.search(found.message) if found.code == _DEFINED_TWICE else None
    return int(earlier[1]) if earlier else found.line


def place_of(path: str, source: str, line: int, language: Language) -> Place | None:
    """Nothing where it is in nothing that could be asked for."""
    if language != "python":
        for piece in pieces_of(path, language, source):
            if piece.holds(line):
                return Place(piece.name, piece.first_line, piece.last_line, piece.text, piece)
        return None
    try:
        tree = parsed(source)
    except SyntaxError:
        return None
    known = all_symbols(source)
    count = Counter(one.name for one in known)
    for one in known:
        holds = one.first_line <= line <= one.last_line
        if holds and one.kind != "class" and count[one.name] == 1:
            return Place(one.name, one.first_line, one.last_line, one.text)
    return _statements(tree, source, line)


def replaced(source: str, place: Place, answer: str) -> str:
    """`Unusable` says why the answer is not this function, or these statements."""
    if place.piece is not None:
        return by_bytes(source, place.piece, answer)
    if place.name:
        return spliced(source, place.name, answer)
    return _by_lines(source, place, answer)


def _statements(tree: ast.Module, source: str, line: int) -> Place | None:
    """The smallest one that the line is in, with what shares its lines."""
    lines = lines_of(source)
    spans = [(_first_line(one, lines), one.end_lineno or one.lineno) for one in _outside(tree)]
    around = [span for span in spans if span[0] <= line <= span[1]]
    if not around:
        return None
    first, last = min(around, key=lambda span: span[1] - span[0])
    for one, other in sorted(spans):
        is_around = one < first and other >= last
        if one <= last and other >= first and not is_around:
            first, last = min(first, one), max(last, other)
    return Place("", first, last, "".join(lines[first - 1 : last]))


def _outside(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements but those inside of functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for one in ast.iter_child_nodes(waiting.pop()):
            if isinstance(one, ast.stmt):
                yield one
            if not isinstance(one, Function):
                waiting.append(one)


def _first_line(one: ast.stmt, lines: list[str]) -> int:
    return first_line_of(one, lines) if isinstance(one, Definition) else one.lineno


def _by_lines(source: str, place: Place, answer: str) -> str:
    text = outdented(answer)
    try:
        parsed(text)
    except SyntaxError as error:
        raise Unusable(f"it is no Python: {said_of(error)}") from error
    lines = lines_of(source)
    old = lines[place.first_line - 1 : place.last_line]
    body = [] if text.strip() == TAKE_AWAY else _moved(text, old)
    if len(body) > len(old) + MOST_GROWTH:
        raise Unusable(f"{len(old)} lines were asked for, not {len(body)}")
    made = "".join([*lines[: place.first_line - 1], *body, *lines[place.last_line :]])
    try:
        parsed(made)
    except SyntaxError as error:
        raise Unusable(f"it does not fit into the file: {said_of(error)}") from error
    return made


def _moved(text: str, old: list[str]) -> list[str]:
    lines = lines_of(text.strip("\r\n") + "\n")
    text = "".join(lines)
    kept = {line - 1 for line in lines_within_strings(tokens_of(text))}
    unit = unit_of(text)
    body = moved(lines, kept, Depth("", unit), Depth(indent_of(old[0]), unit))
    newline = newline_of(old[0])
    return [line.rstrip("\r\n") + newline for line in body]
