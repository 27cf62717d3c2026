"""Long values, as Python text: what cuts off, or keeps count, may do so late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from code_agent.python.inputs_shapes import ANY, INT, NUMBER, STR, Shape

USUAL, LONGEST, SHORTEST = 1000, 10_000, 13
MOST_SIZES = 3
_LISTS = frozenset({"list", "sequence", "sized", "any", "set", "iterator"})
Pool = Callable[[Shape], Sequence[str]]
_MADE = {"set": "set", "iterator": "iter"}


def long_values(shape: Shape, sizes: Sequence[int], pool: Pool) -> Iterator[str]:
    """A usual length, and those around each size that code speaks of. `pool` is asked
    for what to fill lists of other shapes with."""
    told = [one for one in sizes if SHORTEST <= one <= LONGEST][:MOST_SIZES]
    for length in dict.fromkeys([USUAL, *(each for one in told for each in (one + 1, one))]):
        for one in shape.of if shape.kind == "union" else (shape,):
            yield from _of_length(one, length, pool)


def _of_length(shape: Shape, length: int, pool: Pool) -> Iterator[str]:
    if shape.kind == "str":
        yield f"({'hello world '!r} * {length // 12 + 1})[:{length}]"
    elif shape.kind == "bytes":
        yield f"bytes({length})"
    elif shape.kind == "dict":
        key = shape.of[0] if shape.of else STR
        yield f"dict(zip({_items(key, length, pool)}, range({length})))"
    elif shape.kind in _LISTS:
        made = "tuple" if "tuple" in shape.names else _MADE.get(shape.kind, "list")
        yield f"{made}({_items(shape.of[0] if shape.of else ANY, length, pool)})"


def _items(shape: Shape, length: int, pool: Pool) -> str:
    if shape in (ANY, INT, NUMBER):
        return f"range({length})"
    if shape == STR:
        return f"map(str, range({length}))"
    some = ", ".join(pool(shape)[:3])
    return f"([{some}] * {length})[:{length}]"
