"""A file's text in pieces of the size of a symbol: each line in one of them, but for empty ones."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from code_agent.languages.parsing import Parsed, Unparsed, decoded, parse
from code_agent.languages.references import Use, uses_of
from code_agent.languages.symbols import Symbol, symbols_of
from code_agent.languages.which import SPELLINGS, Language

MOST_LINES = 100
MOST_USES = 500
HEADER_LENGTH = 300


@dataclass(frozen=True)
class Piece:
    start_line: int
    end_line: int
    text: str
    symbol: str = ""
    header: str = ""
    defines: tuple[str, ...] = ()
    """Full names."""
    uses: frozenset[str] = frozenset()


def pieces_of(text: str, language: Language | None) -> list[Piece]:
    """Of a text that has no tree, pieces that end where a line is empty."""
    if language is None:
        return list(_windows(_Run(1, text.split("\n"))))
    try:
        parsed = parse(language, text)
    except Unparsed:
        return list(_windows(_Run(1, text.split("\n"))))
    return _by_symbol(parsed)


@dataclass(frozen=True)
class _Run:
    """Lines one after the other that belong to the same symbol."""

    start_line: int
    lines: Sequence[str]
    symbol: Symbol | None = None


def _by_symbol(parsed: Parsed) -> list[Piece]:
    lines = decoded(parsed.content).split("\n")
    found = symbols_of(parsed)
    headers = {one.full_name: _header(parsed, one) for one in found}
    cut = [
        replace(piece, header=headers.get(run.symbol.parent, "") if run.symbol else "")
        for run in _runs(lines, found, SPELLINGS[parsed.language].line_comment)
        for piece in _windows(run)
    ]
    return _with_names(cut, found, uses_of(parsed), parsed.content)


def _runs(lines: Sequence[str], found: Sequence[Symbol], comment: str) -> Iterator[_Run]:
    owners: list[Symbol | None] = [None] * len(lines)
    for one in _units(found):
        first = _with_comments(lines, one.start_line - 1, comment)
        owners[first : one.end_line] = [one] * (one.end_line - first)
    start = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or owners[at] is not owners[start]:
            yield _Run(start + 1, lines[start:at], owners[start])
            start = at


def _units(found: Sequence[Symbol]) -> list[Symbol]:
    """Those that are pieces of their own: what is inside of a function is a part of that."""
    units: list[Symbol] = []
    inside_until = -1
    for one in found:
        if one.start_byte < inside_until:
            continue
        units.append(one)
        if one.kind in ("function", "method"):
            inside_until = one.end_byte
    return units


def _with_comments(lines: Sequence[str], first: int, comment: str) -> int:
    """What is said right above it belongs to it."""
    while first > 0 and lines[first - 1].strip().startswith((comment, "/*", "*")):
        first -= 1
    return first


def _windows(run: _Run) -> Iterator[Piece]:
    """Without the empty lines around; what is longer than `MOST_LINES` is cut."""
    start = 0
    while start < len(run.lines):
        end = _end(run.lines, start)
        kept = range(start, end)
        full = [at for at in kept if run.lines[at].strip()]
        if full:
            first, last = full[0], full[-1]
            yield Piece(
                run.start_line + first,
                run.start_line + last,
                "\n".join(run.lines[first : last + 1]),
                run.symbol.full_name if run.symbol else "",
            )
        start = end


def _end(lines: Sequence[str], start: int) -> int:
    """After the last empty line that leaves at least half of what would fit."""
    most = start + MOST_LINES
    if len(lines) <= most:
        return len(lines)
    empty = (at for at in range(most, start + MOST_LINES // 2, -1) if not lines[at].strip())
    return next(empty, most)


def _header(parsed: Parsed, symbol: Symbol) -> str:
    """How it begins, without its decorators: in one line."""
    head = decoded(parsed.content[symbol.start_byte : symbol.body_byte])
    kept = [line.strip() for line in head.split("\n") if not line.lstrip().startswith(("@", "#["))]
    if symbol.body_byte == symbol.end_byte:  # no telling where its beginning ends
        kept = kept[:1]
    return " ".join(filter(None, kept))[:HEADER_LENGTH].removesuffix(" {")


def _with_names(
    cut: Sequence[Piece], found: Sequence[Symbol], uses: Sequence[Use], content: bytes
) -> list[Piece]:
    starts = [piece.start_line for piece in cut]
    ends_of_lines = [at for at, byte in enumerate(content) if byte == 10]
    defines: list[dict[str, None]] = [{} for _ in cut]
    used: list[dict[str, None]] = [{} for _ in cut]
    for symbol in found:
        at = bisect.bisect_right(starts, symbol.start_line) - 1
        if at >= 0:
            defines[at][symbol.full_name] = None
    for use in uses:
        line = bisect.bisect_left(ends_of_lines, use.byte) + 1
        at = bisect.bisect_right(starts, line) - 1
        if at >= 0 and len(use.name) > 1 and len(used[at]) < MOST_USES:
            used[at][use.name] = None
    return [
        replace(piece, defines=tuple(defines[at]), uses=frozenset(used[at]))
        for at, piece in enumerate(cut)
    ]
