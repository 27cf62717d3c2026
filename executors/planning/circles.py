"""Items that wait for each other, so that none of them can ever begin."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping

Waits = Mapping[str, Collection[str]]
"""What each one waits for."""


def circle_in(knot: set[str], waits: Waits) -> list[str]:
    """A shortest circle through the first name of a knot: each waits for the next."""
    first = min(knot)
    came_from: dict[str, str] = {}
    ahead = deque([first])
    while first not in came_from:
        name = ahead.popleft()
        for each in sorted(set(waits[name]) & knot):
            if each not in came_from:
                came_from[each] = name
                ahead.append(each)
    path = [first]
    while len(path) == 1 or path[-1] != first:
        path.append(came_from[path[-1]])
    return path[::-1]


def knots(waits: Waits) -> list[set[str]]:
    """The largest sets of which each waits for each other, directly or not; by first name.

    Tarjan's algorithm, without recursion: chains may be long.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_names: list[str] = []
    is_open: set[str] = set()
    found: list[set[str]] = []
    for root in waits:
        stack: list[tuple[str, Iterator[str]]] = [] if root in number else [_enter(root, waits)]
        while stack:
            name, ahead = stack[-1]
            if name not in number:
                number[name] = low[name] = len(number)
                open_names.append(name)
                is_open.add(name)
            for each in ahead:
                if each not in number:
                    stack.append(_enter(each, waits))
                    break
                if each in is_open:
                    low[name] = min(low[name], number[each])
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[name])
                if low[name] == number[name]:
                    place = open_names.index(name)
                    part = set(open_names[place:])
                    del open_names[place:]
                    is_open -= part
                    if len(part) > 1 or name in waits[name]:
                        found.append(part)
    return sorted(found, key=min)


def _enter(name: str, waits: Waits) -> tuple[str, Iterator[str]]:
    return name, iter([each for each in waits[name] if each in waits])
