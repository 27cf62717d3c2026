"""How the parts of a docstring are laid out, by style."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_STEP = "    "
_QUOTES = 6


@dataclass(frozen=True)
class Entry:
    name: str
    annotation: str
    says: str


@dataclass(frozen=True)
class Parts:
    summary: str
    params: tuple[Entry, ...]
    returns: Entry
    yields: Entry


def write(parts: Parts, style: str, width: int) -> list[str]:
    lines = _wrapped(parts.summary, width - _QUOTES)
    if style == "sphinx":
        fields = list(_fields(parts, width))
        return [*lines, "", *fields] if fields else lines
    for title, entries in _sections(parts, "Args" if style == "google" else "Parameters"):
        lines += ["", *(_google if style == "google" else _numpy)(title, entries, width)]
    return lines


def one_line(text: str) -> str:
    return " ".join(text.split())


def _sections(parts: Parts, params: str) -> Iterator[tuple[str, Sequence[Entry]]]:
    for title, entries in (
        (params, parts.params),
        ("Returns", [parts.returns]),
        ("Yields", [parts.yields]),
    ):
        if said := [one for one in entries if one.says]:
            yield title, said


def _google(title: str, entries: Sequence[Entry], width: int) -> Iterator[str]:
    yield f"{title}:"
    for one in entries:
        shown = f"{one.name}: {one.says}" if one.name else one.says
        yield from _wrapped(shown, width, _STEP, _STEP * 2 if one.name else _STEP)


def _numpy(title: str, entries: Sequence[Entry], width: int) -> Iterator[str]:
    yield title
    yield "-" * len(title)
    for one in entries:
        head = " : ".join(part for part in (one.name, one.annotation) if part)
        if head:
            yield head
        step = _STEP if head else ""
        yield from _wrapped(one.says, width, step, step)


def _fields(parts: Parts, width: int) -> Iterator[str]:
    said = [(f":param {one.name.lstrip('*')}:", one.says) for one in parts.params]
    said += [(":returns:", parts.returns.says)] if parts.returns.says else []
    said += [(":yields:", parts.yields.says)] if parts.yields.says else []
    for name, says in said:
        yield from _wrapped(f"{name} {says}", width, "", _STEP)


def _wrapped(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
