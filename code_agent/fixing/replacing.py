"""A file with one of its functions written anew; everything around it stays as it is."""

from __future__ import annotations

import ast

from code_agent.languages.bytes_replaced import by_bytes
from code_agent.languages.pieces import Piece
from code_agent.python.indentation import Depth, moved, outdented, unit_of
from code_agent.python.offer import node_of
from code_agent.python.source import (
    lines_of,
    lines_within_strings,
    newline_of,
    parsed,
    said_of,
    tokens_of,
)
from code_agent.python.splice import spliced
from code_agent.python.symbols import all_symbols
from code_agent.unusable import Unusable


def replaced(source: str, piece: Piece, answer: str) -> str:
    """`Unusable` says why the answer is not this function."""
    if piece.language != "python":
        return by_bytes(source, piece, answer)
    if piece.broken:
        return _by_lines(source, piece, answer)
    made = spliced(source, piece.name, answer, extras=True)
    before, after = (_docstring(text, piece.name) for text in (source, made))
    if ">>>" in before and before != after:
        raise Unusable(f"it changes the examples (>>>) of {piece.name}, which are tests")
    return made


def _docstring(source: str, name: str) -> str:
    node = node_of(parsed(source), name)
    return ast.get_docstring(node, clean=False) or ""


def _by_lines(source: str, piece: Piece, answer: str) -> str:
    """Where the file cannot be parsed, the lines that seem to be the function's are replaced."""
    text = outdented(answer)
    try:
        found = [one for one in all_symbols(text) if one.own_name == piece.own_name]
    except SyntaxError as error:
        raise Unusable(f"it is no Python: {said_of(error)}") from error
    functions = [one for one in found if one.kind != "class"]
    if len(functions) != 1:
        raise Unusable(f"it does not define {piece.own_name}" + (" once" if functions else ""))
    lines, new = lines_of(source), functions[0]
    inside = lines_within_strings(tokens_of(text))
    kept = {line - new.first_line for line in inside}
    old = lines[piece.first_line - 1]
    indent = old[: len(old) - len(old.lstrip())]
    given = Depth(new.indent, unit_of(text))
    body = moved(lines_of(new.text), kept, given, Depth(indent, given.unit))
    newline = newline_of(lines[0])
    body = [line.rstrip("\r\n") + newline for line in body]
    made = "".join([*lines[: piece.first_line - 1], *body, *lines[piece.last_line :]])
    _check_further(made, piece.first_line + len(body))
    return made


def _check_further(made: str, end: int) -> None:
    """Something else may be wrong with the file, but only after this."""
    try:
        parsed(made)
    except SyntaxError as error:
        if (error.lineno or 0) < end:
            raise Unusable(f"the file is still no Python: {said_of(error)}") from error
