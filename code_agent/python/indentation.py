"""Code moved to another depth. What is inside of a string is the string's, and stays as it is."""

from __future__ import annotations

import re
import tokenize
from dataclasses import dataclass

from code_agent.python.source import lines_of, lines_within_strings, tokens_of

_LEAD = re.compile(r"[ \t]*")
USUAL = "    "
_OPENED = "if 1:\n"


@dataclass(frozen=True)
class Depth:
    """How far a text is indented, and by what its blocks are."""

    indent: str
    unit: str = USUAL


def outdented(text: str) -> str:
    """An answer may be indented as a whole, as the method that it rewrites is."""
    lines = lines_of(text)
    begins = (n for n, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#")
    first = next(begins, None)
    if first is None:
        return text
    lines[first] = _without_form_feed(lines[first])
    indent = _lead_of(lines[first])
    if not indent:
        return "".join(lines)
    try:
        tokens = tokens_of(_OPENED + "".join(lines))
    except SyntaxError:
        return text
    kept = {line - 1 for line in lines_within_strings(tokens)}
    return "".join(
        line if number in kept else _shifted(line, Depth(indent), Depth(""))
        for number, line in enumerate(lines, 1)
    )


def moved(lines: list[str], kept: set[int], old: Depth, new: Depth) -> list[str]:
    """`kept` are those, from 0, that begin inside of a string."""
    return [
        line if number in kept else _shifted(line, old, new) for number, line in enumerate(lines)
    ]


def unit_of(source: str, default: str = USUAL) -> str:
    """By what its first block is indented. SyntaxError for what is no Python."""
    found = (one.string for one in tokens_of(source) if one.type == tokenize.INDENT)
    return next(found, default)


def _shifted(line: str, old: Depth, new: Depth) -> str:
    """A comment or the rest of a statement may stand further left than the block it is in."""
    lead = _lead_of(line)
    rest = line[len(lead) :]
    if not rest.strip("\r\n"):
        return rest
    if not lead.startswith(old.indent):
        return line
    inner = lead[len(old.indent) :]
    if "\t" in (old.unit, new.unit):
        inner = inner.replace(old.unit, new.unit)
    return new.indent + inner + rest


def _without_form_feed(line: str) -> str:
    """Python counts its indentation from there."""
    lead = line[: len(line) - len(line.lstrip(" \t\f"))]
    return line[lead.rfind("\f") + 1 :]


def _lead_of(line: str) -> str:
    found = _LEAD.match(line)
    return found[0] if found else ""
