"""Calls like those that tests make: what they give, and what is near to that, put together anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice, product

from code_agent.python.inputs_known import calls_in

MOST = 30
MOST_VALUES = 8
"""Of one place."""


def crossed_calls(tests: str, name: str, *, typed: bool = False) -> str:
    """As code. Values of one type may stand in each other's places. What is typed takes no
    fraction in place of a whole number."""
    known = [one.args for one in calls_in(tests, name) if one.args and not one.keywords]
    if not known:
        return ""
    return "\n".join(f"{name}({', '.join(one)})" for one in islice(_crossed(known, typed), MOST))


def _crossed(known: list[tuple[str, ...]], typed: bool) -> Iterator[tuple[str, ...]]:
    count = max(map(len, known))
    places = [{one[at]: None for one in known if at < len(one)} for at in range(count)]
    every = [value for place in places for value in place]
    pools = [_alike(list(place), every, typed)[:MOST_VALUES] for place in places]
    for value in every:
        if all(value in pool for pool in pools):
            yield (value,) * count
    yield from (one for one in product(*pools) if one not in known)


def _alike(place: Sequence[str], every: Sequence[str], typed: bool) -> list[str]:
    kinds = {type(ast.literal_eval(one)) for one in place}
    more = [one for one in every if type(ast.literal_eval(one)) in kinds]
    values = [value for one in place for value in _near(ast.literal_eval(one))]
    near = [repr(one) for one in values if type(one) in kinds or not typed]
    return list(dict.fromkeys([*place, *near, *more]))


def _near(value: object) -> Iterator[object]:
    match value:
        case bool() | None:
            return
        case int():
            yield from (2 * value, -value, value - 0.5)
        case float():
            yield from (-value, value + 0.25)
        case list() if value:
            yield from (value[:1], [*value, *value])
