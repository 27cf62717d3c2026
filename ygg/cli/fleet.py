"""`ygg queues` and `ygg executors`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.facts import say_facts
from ygg.cli.output import note, paint, say_json
from ygg.cli.table import print_table
from ygg.cli.times import when
from ygg.errors import NotFound

if TYPE_CHECKING:
    from ygg import views

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@JSON
def queues(as_json: bool) -> None:
    """What waits and runs, queue by queue."""
    with connected() as client:
        found = client.queues()
    if as_json:
        say_json(found)
        return
    header = ("QUEUE", "WAITING", "QUEUED", "PUBLISHED", "RUNNING", "WINDOW", "LIMIT", "EXECUTORS")
    rows = [
        (
            view["queue"],
            str(view["waiting"]),
            str(view["queued"]),
            str(view["published"]),
            str(view["running"]),
            str(view["window"]),
            "" if view["limit"] is None else str(view["limit"]),
            ", ".join(view["executors"]) or "none",
        )
        for view in found
    ]
    print_table(header, rows, whole=("QUEUE",), spare=("WINDOW", "LIMIT", "PUBLISHED", "EXECUTORS"))


@click.command()
@click.argument("name", required=False, type=Name("executor"))
@JSON
def executors(name: str | None, as_json: bool) -> None:
    """Who is there to do the work; with a NAME, everything about that one."""
    with connected() as client:
        found = client.executors()
    if name is not None:
        one = _find(name, found)
        say_json(one) if as_json else say_facts(_facts(one))
    elif as_json:
        say_json(found)
    elif found:
        _print_all(found)
    else:
        note("ygg: no executor has announced itself; `ygg executor` runs one here")


def _spooled(view: views.ExecutorView) -> int:
    """A coordinator of an older version does not tell."""
    return view.get("spooled", 0)


def _find(name: str, found: list[views.ExecutorView]) -> views.ExecutorView:
    for view in found:
        if view["executor"] == name:
            return view
    names = [view["executor"] for view in found]
    raise NotFound(f"no executor is called {name!r}", field="name", allowed=names)


def _print_all(found: list[views.ExecutorView]) -> None:
    # Worth a column when there is any: the ledger is away, or does not acknowledge.
    spooled = any(_spooled(view) for view in found)
    header = [
        *("EXECUTOR", "MACHINE", "STATE", "RUNNING", "FINISHED"),
        *(["SPOOLED"] if spooled else []),
        *("VERSION", "SEEN", "TAGS", "QUEUES", "LABELS"),
    ]
    rows = [
        (
            view["executor"],
            view["machine"],
            view["state"],
            f"{view['running']}/{view['concurrency']}",
            str(view["finished"]),
            *([str(_spooled(view))] if spooled else []),
            view["version"],
            when(view["seen_at"]),
            " ".join(view["tags"]),
            " ".join(view["queues"]),
            " ".join(view["labels"]),
        )
        for view in found
    ]
    print_table(
        header,
        rows,
        whole=("EXECUTOR", "RUNNING"),
        spare=("FINISHED", "VERSION", "MACHINE", "SEEN", "TAGS"),
    )
    for view in found:
        if view["state"] == "refused":
            note(f"ygg: {view['executor']} gets no tasks: {view['refused']}")


def _facts(view: views.ExecutorView) -> list[tuple[str, str]]:
    return [
        ("executor", view["executor"]),
        ("machine", view["machine"]),
        ("state", paint(view["state"])),
        ("refused", view["refused"] if view["state"] == "refused" else ""),
        ("seen", when(view["seen_at"])),
        ("running", f"{view['running']} of {view['concurrency']} at a time"),
        ("finished", f"{view['finished']:,} since it started"),
        ("spooled", f"{count:,} outcomes wait on its disk" if (count := _spooled(view)) else ""),
        ("version", view["version"]),
        ("image", view["image_digest"]),
        ("tags", " ".join(view["tags"]) or "none"),
        ("queues", " ".join(view["queues"])),
        ("labels", " ".join(view["labels"])),
    ]
