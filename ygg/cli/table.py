"""Aligned columns. On a terminal the last column is cut to what fits, elsewhere nothing is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence

from ygg.cli.output import bold, on_terminal, paint, plain

GAP = "  "


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns called STATE are painted, those whose cells are all numbers are set to the right."""
    from ygg.cli.output import say

    painted = {place: paint for place, name in enumerate(header) if name == "STATE"}
    for line in lines(header, rows, width=_terminal_width(), paint_columns=painted):
        say(line)


def lines(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None = None,
    paint_columns: Mapping[int, Callable[[str], str]] | None = None,
) -> list[str]:
    clean = [[plain(cell) for cell in row] for row in rows]
    widths = [
        max(columns(row[place]) for row in [list(header), *clean]) for place in range(len(header))
    ]
    if width is not None:
        room = width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1)
        widths[-1] = max(min(widths[-1], room), 8)
    right = {
        place
        for place in range(len(header))
        if clean and all(row[place].replace(".", "").isdigit() or not row[place] for row in clean)
    }
    found = [bold(_line(header, widths, right, {}))]
    found += [_line(row, widths, right, paint_columns or {}) for row in clean]
    return found


def columns(text: str) -> int:
    """How many columns a terminal gives this text."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(letter) for letter in text)


def _columns_of(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def cut(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    kept, used = "", 0
    for letter in text:
        used += _columns_of(letter)
        if used > width - 1:
            break
        kept += letter
    return kept + "…"


def _line(
    row: Sequence[str],
    widths: Sequence[int],
    right: set[int],
    painters: Mapping[int, Callable[[str], str]],
) -> str:
    cells = []
    for place, cell in enumerate(row):
        text = cut(cell, widths[place])
        fill = " " * (widths[place] - columns(text))
        padded = fill + text if place in right else text + fill
        cells.append(painters[place](padded) if place in painters else padded)
    return GAP.join(cells).rstrip()


def _terminal_width() -> int | None:
    if not on_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns
