"""How wide text is on a terminal, and how it is made to fit."""

from __future__ import annotations

import unicodedata

LEAST_COLUMNS = 20
"""A terminal narrower than that breaks lines where it likes."""


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
    return _head(text, width - 1) + "…"


def fold(text: str, width: int) -> list[str]:
    """The text over as many lines as it takes, broken between words where there are any."""
    lines, line = [], ""
    for word in text.split(" "):
        wider = f"{line} {word}" if line else word
        if columns(wider) <= width:
            line = wider
            continue
        if line:
            lines.append(line)
        while columns(word) > width:
            head = _head(word, width) or word[0]
            lines.append(head)
            word = word[len(head) :]
        line = word
    return [*lines, line]


def hang(head: str, text: str, indent: int) -> list[str]:
    """The text beside its head, folded to the terminal below itself."""
    width = terminal_columns()
    parts = [text] if width is None else fold(text, max(width - indent, LEAST_COLUMNS))
    return [
        (" " * indent if place else f"{head:{indent - 1}} ") + part
        for place, part in enumerate(parts)
    ]


def shrink(widths: dict[int, int], floors: dict[int, int], excess: int) -> dict[int, int]:
    """Narrower columns, the widest first, none below its floor, until the excess is gone."""
    found = dict(widths)
    while excess > 0:
        wide = [place for place in found if found[place] > floors[place]]
        if not wide:
            break
        found[max(wide, key=lambda place: found[place])] -= 1
        excess -= 1
    return found


def terminal_columns() -> int | None:
    """Nothing where no terminal shows the output: then nothing is cut or folded."""
    from ygg.cli.output import on_terminal

    if not on_terminal():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def _head(text: str, width: int) -> str:
    used = 0
    for place, letter in enumerate(text):
        used += _columns_of(letter)
        if used > width:
            return text[:place]
    return text
