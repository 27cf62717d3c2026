"""`ygg list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli import states
from ygg.cli.arguments import Name, States
from ygg.cli.connect import connected
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table
from ygg.cli.times import Since, when
from ygg.cli.width import terminal_columns

if TYPE_CHECKING:
    from ygg import views

ROOMY_COLUMNS = 80
HEADER = ("ID", "STATE", "LABEL", "QUEUE", "TRY", "CREATED", "TITLE")


@click.command("list")
@click.option("--state", type=States(), help=f"Only these, with commas: {', '.join(states.ALL)}.")
@click.option("--label", type=Name("label"), help="Only this label.")
@click.option("--queue", type=Name("queue"), help="Only this queue.")
@click.option("--search", help="Only with this in title, id or label.")
@click.option("--since", type=Since(), help="Only since: 1d, 12h, 2030-01-31.")
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
@click.option("--cursor", help="Go on where the last page ended.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_tasks(
    state: str | None,
    label: str | None,
    queue: str | None,
    search: str | None,
    since: float | None,
    limit: int,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List tasks, newest first."""
    with connected() as client:
        page = client.tasks(
            state=state,
            label=label,
            queue=queue,
            search=search,
            since=since,
            limit=limit,
            cursor=cursor,
        )
    if as_json:
        say_json(page)
        return
    if not page["tasks"]:
        note("ygg: no tasks" + (" match" if any((state, label, queue, search, since)) else " yet"))
        return
    width = terminal_columns()
    roomy = width is None or width >= ROOMY_COLUMNS
    rows = [_row(task, roomy=roomy) for task in page["tasks"]]
    print_table(HEADER, rows, spare=("QUEUE", "TRY", "CREATED"))
    if page["next"]:
        note(f"ygg: there are more; the same with --cursor {page['next']}")


def _row(task: views.ListedTask, *, roomy: bool) -> tuple[str, ...]:
    title = task["title"]
    if task["reason"]:
        title = f"{title} ({task['reason']})" if title else f"({task['reason']})"
    return (
        task["id"],
        _state(task, roomy=roomy),
        task["label"],
        task["queue"],
        f"{task.get('counted', task['attempt'])}/{task['max_attempts']}",
        when(task["created_at"]),
        title,
    )


def _state(task: views.ListedTask, *, roomy: bool) -> str:
    """Warnings are told of a task that ended: before, they are those of an attempt that was lost.

    A coordinator of an older version does not count them.
    """
    count = task.get("warning_count", 0)
    if not count or task["state"] not in states.SETTLED:
        return task["state"]
    if not roomy:
        return f"{task['state']} ({count}!)"
    return f"{task['state']} ({count} warning{'s' if count > 1 else ''})"
