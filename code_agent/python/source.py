"""Python source as the standard library reads it, without its surprises."""

from __future__ import annotations

import ast
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator
from tokenize import TokenInfo

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SPOKEN = re.compile(r"#!|#.*coding[:=]")
_NEWLINE = re.compile(r"\r\n|\r")
_WARNINGS = threading.Lock()
"""What is warned of is set for all threads at once."""

_STRING_BEGINS = tuple(
    getattr(tokenize, name)
    for name in ("FSTRING_START", "TSTRING_START")
    if hasattr(tokenize, name)
)
_STRING_ENDS = tuple(
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
)


def parsed(source: str) -> ast.Module:
    """SyntaxError for all that is no Python, among it a zero byte and what is nested too deep."""
    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"it cannot be parsed: {error}") from error


def is_python(source: str) -> bool:
    try:
        parsed(source)
    except SyntaxError:
        return False
    return True


def said_of(error: SyntaxError) -> str:
    """In a line, without the file that there is none of."""
    return f"line {error.lineno}: {error.msg}" if error.lineno else str(error.msg)


def lines_of(source: str) -> list[str]:
    """With their ends. Only what Python takes for one ends a line: no form feed, no U+2028."""
    return _LINE.findall(source)


def header_lines(lines: list[str]) -> int:
    """So many at the top are the file's own: comments that stand apart, and what its first two
    lines say to the system and to Python."""
    count = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    if count == len(lines) or not lines[count].strip():
        return count
    spoken = [n for n, line in enumerate(lines[: min(count, 2)], 1) if _SPOKEN.match(line)]
    return spoken[-1] if spoken else 0


def newline_of(line: str, default: str = "\n") -> str:
    return line[len(line.rstrip("\r\n")) :] or default


def tokens_of(source: str) -> list[TokenInfo]:
    """Newlines are all `\\n` in them. SyntaxError for what is no Python."""
    lines = iter(lines_of(_NEWLINE.sub("\n", source)))
    try:
        return list(tokenize.generate_tokens(lambda: next(lines, "")))
    except tokenize.TokenError as error:
        raise SyntaxError(str(error.args[0])) from error


def lines_within_strings(tokens: list[TokenInfo]) -> set[int]:
    """Those that begin inside a string: their first characters are its own."""
    found: set[int] = set()
    begun: list[int] = []
    for token in tokens:
        if token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
        elif token.type in _STRING_BEGINS:
            begun.append(token.start[0])
        elif token.type in _STRING_ENDS:
            found.update(range(begun.pop() + 1, token.end[0] + 1))
    return found


def column(line: str, offset: int) -> int:
    """Python's tree counts bytes where its text has characters."""
    return len(line.encode()[:offset].decode())


def statements_in(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a body, and of what stands in it under a condition: all that binds names there."""
    waiting = list(reversed(body))
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting.extend(reversed(list(_within(one))))


def _within(one: ast.stmt) -> Iterator[ast.stmt]:
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for each in getattr(one, field, ()):
            if isinstance(each, ast.stmt):
                yield each
            else:
                yield from each.body
