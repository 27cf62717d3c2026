"""`plan-next`: what to do first, of many things that wait for each other."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from executors.handler import Context, Failed, Params, handler
from executors.planning.items import MOST_HOURS, read_items
from executors.planning.order import Because, Item, Plan, Weight, plan
from ygg.task import Limits

MOST_ITEMS = 2000
MOST_IN_ALL = 20_000
"""With those of files. What waits for each is kept as a bit for each other."""
MOST_BYTES = 64 * 1024 * 1024
WHOLE = "plan.json"

Name = Annotated[str, Field(min_length=1, max_length=200)]

WHY: dict[Because, str] = {  # but for `waits`, which says so itself
    "open": "is not done",
    "active": "is being done",
    "held": "is held",
    "failed": "failed",
    "missing": "is not among the items",
    "circle": "waits for itself",
}


class Entry(Params):
    id: Name
    """Its name, given once."""
    title: str = Field(default="", max_length=500)
    """A few words for people."""
    priority: int = Field(default=2, ge=0, le=4)
    """0 is first, 4 is last."""
    depends_on: list[Name] = Field(default=[], max_length=100)
    """The items that must be done before."""
    estimate_hours: float = Field(default=1, gt=0, le=MOST_HOURS)
    """How much work it is."""
    state: Literal["open", "active", "held", "done", "failed"] = "open"
    """What became of it so far."""


class Next(Params):
    items: list[Entry] = Field(
        default=[],
        max_length=MOST_ITEMS,
        examples=[[{"id": "paint", "depends_on": ["sand"]}, {"id": "sand"}]],
    )
    """What there is to do. Input files are read, too: `ygg list --json`, `bd list --json`, …"""
    missing: Literal["blocks", "done"] = "blocks"
    """What an item is that others depend on and that is not there."""
    most: int = Field(default=50, ge=1, le=500)
    """So many are listed of each kind; all are in the artifact plan.json."""


@handler(
    "plan-next",
    summary="Order what can be begun now by priority, and say what keeps the rest.",
    limits=Limits(soft_seconds=120, hard_seconds=150),
    examples=[
        {
            "items": [
                {"id": "paint", "priority": 0, "depends_on": ["sand"]},
                {"id": "sand", "estimate_hours": 3},
                {"id": "sweep", "priority": 1},
            ]
        }
    ],
    commands=(
        "ygg list --json > tasks.json && ygg submit --label plan-next --file tasks.json --wait",
    ),
)
def next_(params: Next, context: Context) -> JsonValue:
    items = [
        Item(**entry.model_dump(exclude={"depends_on"}), depends_on=tuple(entry.depends_on))
        for entry in params.items
    ]
    items += itertools.islice(_from_files(context), MOST_IN_ALL + 1)
    if len(items) > MOST_IN_ALL:
        raise Failed(
            f"there are more than {MOST_IN_ALL} items",
            hint="leave out what is done, or order a part of it",
        )
    if not items:
        raise Failed(
            "there is nothing to order: no items were given, and no file has any",
            hint="give items, or files of them: ygg list --json > tasks.json, --file tasks.json",
        )
    made = plan(items, missing_is_done=params.missing == "done")
    told = {name: list(entries) for name, entries in _told(made)}
    whole = json.dumps(told, ensure_ascii=False, indent=1)
    (context.workspace / WHOLE).write_text(whole, errors="backslashreplace")
    context.artifact(WHOLE)
    for circle in made.circles[: params.most]:
        context.warn(f"these wait for each other: {_arrows(circle)}")
    return {
        **{name: entries[: params.most] for name, entries in told.items()},
        "counts": {name: len(entries) for name, entries in told.items()},
    }


def _from_files(context: Context) -> Iterator[Item]:
    for file in sorted(context.workspace.rglob("*")):
        if file.is_file():
            yield from read_items(_text(file), str(file.relative_to(context.workspace)))


def _text(file: Path) -> str:
    if file.stat().st_size > MOST_BYTES:
        raise Failed(f"{file.name} is larger than {MOST_BYTES} bytes")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Failed(f"{file.name} is not UTF-8") from error


def _told(made: Plan) -> Iterator[tuple[str, Iterable[JsonValue]]]:
    yield "order", (_next(one, weight) for one, weight in made.order)
    yield "active", ({"id": one.id, "title": one.title} for one in made.active)
    yield (
        "blocked",
        (
            {
                "id": one.item.id,
                "title": one.item.title,
                "priority": one.item.priority,
                "by": [{"id": name, "because": because} for name, because in one.by],
                "why": ", ".join(_why(one.item, name, because) for name, because in one.by),
            }
            for one in made.blocked
        ),
    )
    yield "circles", (list(circle) for circle in made.circles)


def _why(one: Item, name: str, because: Because) -> str:
    return f"{name} {one.waits if because == 'waits' else WHY[because]}"


def _next(one: Item, weight: Weight) -> JsonValue:
    return {
        "id": one.id,
        "title": one.title,
        "priority": one.priority,
        "unblocks": weight.unblocks,
        "path_hours": round(weight.path_hours, 2),
        "why": "; ".join(_reasons(one, weight)),
    }


def _reasons(one: Item, weight: Weight) -> Iterator[str]:
    yield f"priority {one.priority}"
    if weight.urgency < one.priority:
        yield f"{weight.urgent}, of priority {weight.urgency}, waits for it"
    if weight.unblocks:
        yield f"{weight.unblocks} wait for it, {weight.path_hours:g} hours of work in a row"


def _arrows(circle: list[str]) -> str:
    shown = circle if len(circle) <= 10 else [*circle[:8], "…", circle[-1]]
    return " → ".join(shown)
