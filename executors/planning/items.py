"""Items to plan, read from what `ygg` and `bd` print as JSON, whole or a line each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from executors.planning.order import Item, State
from ygg.errors import BadInput

WAITING = "waiting"
"""The state of a task of `ygg` that cannot be dispatched yet."""
STATES: Mapping[str, State] = {
    **{state: state for state in get_args(State)},
    # ygg
    WAITING: "open",
    "queued": "open",
    "running": "active",
    "cancelling": "active",
    "review": "active",
    "succeeded": "done",
    "cancelled": "failed",
    "rejected": "failed",
    # bd
    "in_progress": "active",
    "blocked": "held",
    "deferred": "held",
    "closed": "done",
    "tombstone": "done",
}
BLOCKING = "blocks"
"""Of the ties between issues of `bd`, the one that keeps an issue from being begun."""
LISTS = ("tasks", "items")
"""Where an object that is a page of them has them."""
MOST_PRIORITY = 4
MOST_HOURS = 100_000
SHAPES = (
    "a list of objects with an id, or one a line, as printed by `ygg list --json`, `ygg show "
    "--json`, `bd list --json` or `bd ready --json`, or as taken by `ygg submit --from`"
)


def read_items(text: str, name: str) -> Iterator[Item]:
    """`name` is the file's, for what is wrong with it."""
    for place, one in enumerate(_entries(text, name), 1):
        yield _item(one, f"{name}, entry {place}")


def _entries(text: str, name: str) -> Iterator[Mapping[str, Any]]:
    for value in _values(text, name):
        inner = next((value[key] for key in LISTS if isinstance(value.get(key), list)), None)
        for one in [value] if inner is None else inner:
            if not isinstance(one, dict):
                raise BadInput(f"{name}: there is an entry that is no object", hint=SHAPES)
            yield one


def _values(text: str, name: str) -> Iterator[dict[str, Any]]:
    found = _parse(text)
    if found is None:
        lines = [(place, line) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
        for place, line in lines:
            value = _parse(line)
            if not isinstance(value, dict):
                raise BadInput(f"{name}, line {place}: no JSON object", hint=SHAPES)
            yield value
        return
    for value in found if isinstance(found, list) else [found]:
        if not isinstance(value, dict):
            raise BadInput(f"{name}: there is an entry that is no object", hint=SHAPES)
        yield value


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _item(one: Mapping[str, Any], where: str) -> Item:
    name = one.get("id") or one.get("ref")
    if not isinstance(name, str):
        raise BadInput(f"{where} has no id", hint=SHAPES)
    state = one.get("state") or one.get("status") or "open"
    return Item(
        id=name,
        title=str(one.get("title") or ""),
        priority=_priority(one.get("priority", 2), where),
        depends_on=tuple(_depends_on(one, where)),
        estimate_hours=_estimate(one, where),
        state=_state(state, where),
        waits=_waits(one, state),
    )


def _waits(one: Mapping[str, Any], state: str) -> str:
    """`ygg` dispatches what can be begun: its tasks that wait do so for a reason, which they tell.
    A line for `ygg submit --from` has no state yet, but may ask to wait."""
    if state == WAITING:
        reason = str(one.get("reason") or "")
        return reason if reason.startswith("waits ") else f"waits: {reason or 'it does not say'}"
    if "state" in one or "status" in one:
        return ""
    if one.get("approval") is True:
        return "waits for approval"
    not_before, delay = one.get("not_before"), one.get("delay_seconds")
    later = isinstance(not_before, int | float) and not_before > time.time()
    return "waits for its time" if later or delay else ""


def _priority(value: Any, where: str) -> int:
    if type(value) is not int or not 0 <= value <= MOST_PRIORITY:
        raise BadInput(f"{where}: its priority is not one", hint="a whole number from 0 to 4")
    return value


def _state(value: Any, where: str) -> State:
    if not isinstance(value, str) or value not in STATES:
        raise BadInput(f"{where}: nobody knows its state {value!r:.80}", hint=", ".join(STATES))
    return STATES[value]


def _estimate(one: Mapping[str, Any], where: str) -> float:
    for key, in_an_hour in (("estimate_hours", 1), ("estimated_minutes", 60)):
        value = one.get(key)
        if value is None:
            continue
        if type(value) not in (int, float) or not 0 <= value <= MOST_HOURS * in_an_hour:
            raise BadInput(
                f"{where}: its estimate is not one", hint=f"a number, at most {MOST_HOURS} hours"
            )
        return float(value / in_an_hour)
    return 1


def _depends_on(one: Mapping[str, Any], where: str) -> Iterator[str]:
    told = [one.get(key) or () for key in ("depends_on", "after", "dependencies")]
    if not all(isinstance(names, list | tuple) for names in told):
        raise BadInput(f"{where}: what it depends on is no list", hint="a list of ids")
    for each in (each for names in told for each in names):
        if isinstance(each, str):
            yield each
        elif not isinstance(each, dict):
            raise BadInput(f"{where}: it depends on what is no id", hint="a list of ids")
        elif each.get("type", each.get("dependency_type", BLOCKING)) == BLOCKING:
            yield str(each.get("depends_on_id", each.get("id")))
