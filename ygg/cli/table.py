"""Aligned columns. A terminal gets what fits; a pipe or file gets everything.

Where room is short, first the columns named `spare` go, then the widest are cut. What a person
copies from a table is never cut: ids, states, numbers, and the columns named `whole`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ygg.cli.output import bold, paint, plain
from ygg.cli.width import columns, cut, fold, shrink, terminal_columns

GAP = "  "
READABLE, LEAST = 12, 4
"""Columns are cut to the first while others can go instead, to the second if they must."""
ALWAYS_WHOLE = ("ID", "STATE")

Rows = Sequence[Sequence[str]]


def print_table(
    header: Sequence[str],
    rows: Rows,
    *,
    whole: Sequence[str] = (),
    spare: Sequence[str] = (),
    folded: bool = False,
) -> None:
    """`folded`: the last column goes on below instead of being cut."""
    from ygg.cli.output import say

    for line in lines(
        header, rows, width=terminal_columns(), whole=whole, spare=spare, folded=folded
    ):
        say(line)


def lines(
    header: Sequence[str],
    rows: Rows,
    *,
    width: int | None = None,
    whole: Sequence[str] = (),
    spare: Sequence[str] = (),
    folded: bool = False,
) -> list[str]:
    """Columns called STATE are painted, those whose cells are all numbers are set to the right."""
    clean = [[plain(cell) for cell in row] for row in rows]
    numbers = {place for place in range(len(header)) if _is_number(clean, place)}
    natural = {
        place: max(columns(row[place]) for row in [header, *clean]) for place in range(len(header))
    }
    uncut = {place for place, name in enumerate(header) if name in (*ALWAYS_WHOLE, *whole)}
    left = [header.index(name) for name in spare]
    widths = natural if width is None else _fit(natural, width, uncut | numbers, left)
    painters = {place: paint for place, name in enumerate(header) if name == "STATE"}
    found = [bold(_line(header, widths, numbers, {}))]
    for row in clean:
        for part in _fold_last(row, widths) if folded else [row]:
            found.append(_line(part, widths, numbers, painters))
    return found


def _fit(
    natural: Mapping[int, int], width: int, uncut: set[int], spare: list[int]
) -> dict[int, int]:
    """The columns that are shown, by place, and how wide."""
    shown, gone = dict(natural), list(spare)

    def floors(least: int) -> dict[int, int]:
        return {at: wide if at in uncut else min(wide, least) for at, wide in shown.items()}

    while gone and _needed(floors(READABLE)) > width:
        del shown[gone.pop(0)]
    shown = shrink(shown, floors(READABLE), _needed(shown) - width)
    return shrink(shown, floors(LEAST), _needed(shown) - width)


def _needed(widths: Mapping[int, int]) -> int:
    return sum(widths.values()) + len(GAP) * (len(widths) - 1)


def _is_number(rows: Rows, place: int) -> bool:
    cells = [row[place] for row in rows]
    return any(cells) and all(cell.replace(".", "").isdigit() or not cell for cell in cells)


def _fold_last(row: Sequence[str], widths: Mapping[int, int]) -> list[list[str]]:
    last = len(row) - 1
    first, *rest = fold(row[last], widths[last])
    return [[*row[:last], first], *([*[""] * last, more] for more in rest)]


def _line(
    row: Sequence[str],
    widths: Mapping[int, int],
    right: set[int],
    painters: Mapping[int, Callable[[str], str]],
) -> str:
    cells = []
    for place, wide in widths.items():
        text = cut(row[place], wide)
        fill = " " * (wide - columns(text))
        padded = fill + text if place in right else text + fill
        cells.append(painters[place](padded) if place in painters else padded)
    return GAP.join(cells).rstrip()
