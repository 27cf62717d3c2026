"""`ygg queues` and `ygg executors`."""

from __future__ import annotations

import click

from ygg.cli.connect import connected
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table
from ygg.cli.times import when

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
    print_table(header, rows)


@click.command()
@JSON
def executors(as_json: bool) -> None:
    """Who is there to do the work, and what they offer."""
    with connected() as client:
        found = client.executors()
    if as_json:
        say_json(found)
        return
    if not found:
        note("ygg: no executor has announced itself; `ygg executor` runs one here")
        return
    header = ("EXECUTOR", "MACHINE", "STATE", "RUNNING", "FINISHED", "VERSION", "SEEN", "LABELS")
    rows = [
        (
            view["executor"],
            view["machine"],
            view["state"],
            f"{view['running']}/{view['concurrency']}",
            str(view["finished"]),
            view["version"],
            when(view["seen_at"]),
            " ".join(view["labels"]),
        )
        for view in found
    ]
    print_table(header, rows)
