"""Calls with values as long as the numbers that code compares lengths with."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from code_agent.python.affected import affected, callables
from code_agent.python.functions import dotted
from code_agent.python.inputs import calls_for
from code_agent.python.source import parsed

LONGEST = 200
MOST_SEEN = 12
"""Generated calls that are made longer and shorter."""
MOST = 30
"""So many inputs of each function are tried at most."""


def calls_at_boundaries(before: str, after: str, seed: int) -> str:
    """Of the functions that a change reaches, as code that makes these calls."""
    lengths = sorted({*_lengths(before), *_lengths(after)})
    if not lengths:
        return ""
    reached = affected(before, after)
    found: list[str] = []
    for name in callables(before):
        if name in reached:
            calls = calls_for(before, name, seed, MOST_SEEN)
            made = dict.fromkeys(
                text
                for call in calls
                for step in call.steps[:1]
                for text in _stretched(step.name, step.args, dict(step.keywords), lengths)
            )
            found += list(made)[:MOST]
    return "\n".join(found)


def _lengths(source: str) -> Iterator[int]:
    """Numbers that something's length is compared with, and those next to them."""
    for node in ast.walk(parsed(source)):
        if not isinstance(node, ast.Compare):
            continue
        parts = [node.left, *node.comparators]
        if not any(isinstance(one, ast.Call) and dotted(one.func) == "len" for one in parts):
            continue
        for one in parts:
            if isinstance(one, ast.Constant) and type(one.value) is int:
                near = (one.value - 1, one.value, one.value + 1)
                yield from (length for length in near if 0 <= length <= LONGEST)


def _stretched(
    name: str, args: Sequence[str], keywords: Mapping[str, str], lengths: Sequence[int]
) -> Iterator[str]:
    """Each text and each list that is given made so long, one after the other."""
    named = [f"{key}={one}" for key, one in keywords.items()]
    for number, text in enumerate(args):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            continue
        for length in lengths:
            for made in _of_length(value, length):
                given = [*args[:number], repr(made), *args[number + 1 :], *named]
                yield f"{name}({', '.join(given)})"


def _of_length(value: object, length: int) -> Iterator[object]:
    if isinstance(value, str):
        yield (value * length)[:length] or "x" * length
    elif isinstance(value, list | tuple) and value:
        kind = type(value)
        yield kind((list(value) * length)[:length])
        for made in _of_length(value[0], length):
            yield kind([made, *value[1:]])
            yield kind([made])
