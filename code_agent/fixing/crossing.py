"""Calls as tests make them, with what they give in other places and together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice, product

from code_agent.python.inputs_known import calls_in

MOST = 30
MOST_VALUES = 5
"""Of one place."""


def crossed_calls(tests: str, name: str) -> str:
    """As code. Values of one type may stand in each other's places."""
    known = [one.args for one in calls_in(tests, name) if one.args and not one.keywords]
    if not known:
        return ""
    return "\n".join(f"{name}({', '.join(one)})" for one in islice(_crossed(known), MOST))


def _crossed(known: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    count = max(map(len, known))
    places = [{one[at]: None for one in known if at < len(one)} for at in range(count)]
    every = [value for place in places for value in place]
    pools = [_alike(list(place), every)[:MOST_VALUES] for place in places]
    for value in every:
        if all(value in pool for pool in pools):
            yield (value,) * count
    yield from (one for one in product(*pools) if one not in known)


def _alike(place: list[str], every: list[str]) -> list[str]:
    kinds = {type(ast.literal_eval(one)) for one in place}
    more = [one for one in every if type(ast.literal_eval(one)) in kinds]
    return list(dict.fromkeys([*place, *more]))
