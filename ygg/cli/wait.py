"""`ygg wait`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import TaskId
from ygg.cli.connect import connected
from ygg.cli.entry import report
from ygg.cli.follow import check_success, wait_settled
from ygg.cli.notices import say_notices_of, say_warnings
from ygg.cli.output import paint, say, say_json
from ygg.cli.times import Duration
from ygg.errors import EXIT_FAILED, TaskFailed, Unreachable

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client


@click.command()
@click.argument("task_ids", metavar="ID...", type=TaskId(), nargs=-1, required=True)
@click.option("--timeout", type=Duration(), help="At most so long, for all of them together.")
@click.option("--json", "as_json", is_flag=True, help="Print the tasks as JSON.")
def wait(task_ids: tuple[str, ...], timeout: float | None, as_json: bool) -> None:
    """Wait until tasks are done. Exits 1 unless all of them succeeded."""
    deadline = None if timeout is None else time.monotonic() + timeout
    found: list[views.TaskDetail] = []
    with connected() as client:
        say_notices_of(client, _look(client, task_ids))
        for task_id in task_ids:
            found.append(wait_settled(client, task_id, deadline))
            if not as_json:
                say(f"{task_id}  {paint(found[-1]['state'])}")
            say_warnings(found[-1], of=f"{task_id}: " if len(task_ids) > 1 else "")
    if as_json:
        say_json(found)
    failed = [task for task in found if not _succeeded(task)]
    if failed:
        raise click.exceptions.Exit(EXIT_FAILED)


def _look(client: Client, task_ids: tuple[str, ...]) -> list[views.TaskDetail]:
    """The waiting itself is patient with a coordinator that restarts; this is not worth it."""
    try:
        return [client.task(task_id) for task_id in task_ids]
    except Unreachable:
        return []


def _succeeded(task: views.TaskDetail) -> bool:
    try:
        check_success(task)
    except TaskFailed as error:
        report(error)
        return False
    return True
