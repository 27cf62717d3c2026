"""What comes next of many items: by priority, by what waits for what, by how much hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from executors.planning.circles import circle_in, knots
from ygg.errors import BadInput

State = Literal["open", "active", "held", "done", "failed"]
Because = Literal["open", "active", "held", "waits", "failed", "missing", "circle"]

UNFINISHED = ("open", "active", "held")


@dataclass(frozen=True)
class Item:
    id: str
    title: str = ""
    priority: int = 2
    depends_on: tuple[str, ...] = ()
    estimate_hours: float = 1
    state: State = "open"
    waits: str = ""
    """What it waits for besides, in words: a time, a person, or tasks that are not named."""


@dataclass(frozen=True)
class Weight:
    """What hangs on an item."""

    urgency: int
    """Its own priority or that of the most urgent item that waits for it, directly or not."""
    urgent: str
    """The item that makes it urgent; itself where none that waits is more so."""
    unblocks: int
    """So many items wait for it, directly or not."""
    path_hours: float
    """The longest chain of work that begins with it."""


@dataclass(frozen=True)
class Blocked:
    item: Item
    by: tuple[tuple[str, Because], ...]


@dataclass(frozen=True)
class Plan:
    order: list[tuple[Item, Weight]] = field(default_factory=list)
    """What can be begun now, the first to begin first."""
    active: list[Item] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    circles: list[list[str]] = field(default_factory=list)
    """Items that wait for each other: each waits for the next, the last is the first."""


def plan(items: Iterable[Item], *, missing_is_done: bool = False) -> Plan:
    """The same for the same items, in whatever order they come."""
    known = _by_id(items)
    waits = {
        one.id: [name for name in one.depends_on if _is_unfinished(name, known)]
        for one in known.values()
        if one.state in UNFINISHED
    }
    tied = knots(waits)
    circular = set[str]().union(*tied)
    weights = _weigh(known, waits, circular)
    made = Plan(circles=[circle_in(knot, waits) for knot in tied])
    for one in sorted(known.values(), key=lambda one: (one.priority, one.id)):
        by = _blockers(one, known, circular, missing_is_done=missing_is_done)
        if one.state == "active":
            made.active.append(one)
        elif by and one.state in UNFINISHED:
            made.blocked.append(Blocked(one, by))
        elif one.state == "open":
            made.order.append((one, weights[one.id]))
    made.order.sort(key=_rank)
    return made


def _rank(entry: tuple[Item, Weight]) -> tuple[float | str, ...]:
    one, weight = entry
    return (weight.urgency, one.priority, -weight.path_hours, -weight.unblocks, one.id)


def _by_id(items: Iterable[Item]) -> dict[str, Item]:
    known: dict[str, Item] = {}
    for one in items:
        if one.id in known:
            raise BadInput(
                f"{one.id!r} is there twice",
                field="items",
                hint="give each an id of its own, and each file or list once",
            )
        known[one.id] = one
    return known


def _is_unfinished(name: str, known: Mapping[str, Item]) -> bool:
    return name in known and known[name].state in UNFINISHED


def _blockers(
    one: Item, known: Mapping[str, Item], circular: set[str], *, missing_is_done: bool
) -> tuple[tuple[str, Because], ...]:
    found: dict[str, Because] = {}
    if one.state == "held":
        found[one.id] = "held"
    elif one.waits:
        found[one.id] = "waits"
    for name in sorted(set(one.depends_on)):
        state = known[name].state if name in known else None
        if name in circular:
            found[name] = "circle"
        elif state is None and not missing_is_done:
            found[name] = "missing"
        elif state is not None and state != "done":
            found[name] = state
    return tuple(found.items())


def _weigh(
    known: Mapping[str, Item], waits: Mapping[str, list[str]], circular: set[str]
) -> dict[str, Weight]:
    """From the items that nothing waits for back to those that wait for nothing."""
    behind: dict[str, list[str]] = {name: [] for name in waits if name not in circular}
    for name, names in waits.items():
        for each in dict.fromkeys(names):
            if name in behind and each in behind:
                behind[each].append(name)
    bit = {name: 1 << place for place, name in enumerate(behind)}
    reach: dict[str, int] = {}
    found: dict[str, Weight] = {}
    for name in _last_first(behind):
        after = behind[name]
        reach[name] = 0
        for each in after:
            reach[name] |= bit[each] | reach[each]
        one = known[name]
        own = (one.priority, "")
        urgency, urgent = min([own, *((found[each].urgency, found[each].urgent) for each in after)])
        found[name] = Weight(
            urgency=urgency,
            urgent=urgent or name,
            unblocks=reach[name].bit_count(),
            path_hours=one.estimate_hours
            + max((found[each].path_hours for each in after), default=0.0),
        )
    return found


def _last_first(behind: Mapping[str, list[str]]) -> list[str]:
    """Every item after all that wait for it. No recursion: chains may be long."""
    left = {name: len(after) for name, after in behind.items()}
    before: dict[str, list[str]] = {name: [] for name in behind}
    for name, after in behind.items():
        for each in after:
            before[each].append(name)
    ready = [name for name, count in left.items() if not count]
    for name in ready:
        for each in before[name]:
            left[each] -= 1
            if not left[each]:
                ready.append(each)
    return ready
