"""`ygg cancel`, `retry`, `approve` and `reject`: what a person does to tasks that exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import click

from ygg.cli.arguments import TaskId
from ygg.cli.connect import connected
from ygg.cli.entry import report
from ygg.cli.notices import say_notices
from ygg.cli.output import can_ask, confirm, note, paint, say, say_json
from ygg.errors import EXIT_FAILED, YggError

if TYPE_CHECKING:
    from ygg import views

Task = TypeVar("Task", bound="views.TaskView")


class _Acted(NamedTuple, Generic[Task]):
    done: list[Task]
    refusals: list[YggError]

    def end(self) -> None:
        """The first refusal is the exit code."""
        if self.refusals:
            raise click.exceptions.Exit(self.refusals[0].exit_code)


TASK_IDS = click.argument("task_ids", metavar="ID...", type=TaskId(), nargs=-1, required=True)
NOTE = click.option("--note", "remark", default="", help="Why; kept with the task.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the tasks as JSON.")


@click.command()
@TASK_IDS
@NOTE
@click.option("--yes", is_flag=True, help="Do not ask.")
@JSON
def cancel(task_ids: tuple[str, ...], remark: str, yes: bool, as_json: bool) -> None:
    """Cancel tasks: those that run are stopped, those that wait never start."""
    count = f"{len(task_ids)} tasks" if len(task_ids) > 1 else f"task {task_ids[0]}"
    if not yes and can_ask() and not confirm(f"Cancel {count}?"):
        note("ygg: nothing was cancelled")
        raise click.exceptions.Exit(EXIT_FAILED)
    with connected() as client:
        _each(task_ids, lambda task_id: client.cancel(task_id, note=remark), as_json=as_json).end()


@click.command()
@TASK_IDS
@NOTE
@JSON
def retry(task_ids: tuple[str, ...], remark: str, as_json: bool) -> None:
    """Run tasks again, each as a new task; prints the new ids."""
    with connected() as client:
        again = _each(
            task_ids,
            lambda task_id: client.retry(task_id, note=remark),
            as_json=as_json,
            show=lambda task: task["id"],
        )
    _say_notices(again.done)
    again.end()


@click.command()
@TASK_IDS
@NOTE
@JSON
def approve(task_ids: tuple[str, ...], remark: str, as_json: bool) -> None:
    """Let a task run that waits for a yes or is held, or accept a reviewed result."""
    with connected() as client:
        approved = _each(
            task_ids, lambda task_id: client.approve(task_id, note=remark), as_json=as_json
        )
    _say_notices(approved.done)
    approved.end()


@click.command()
@TASK_IDS
@NOTE
@JSON
def reject(task_ids: tuple[str, ...], remark: str, as_json: bool) -> None:
    """Refuse a task that waits for a yes, or a result under review."""
    with connected() as client:
        _each(task_ids, lambda task_id: client.reject(task_id, note=remark), as_json=as_json).end()


def _say_notices(tasks: list[views.NoticedTask]) -> None:
    """Each once, whichever tasks it is about. A coordinator of an older version has none."""
    say_notices(dict.fromkeys(text for task in tasks for text in task.get("notices", ())), tasks)


def _state(task: views.TaskView) -> str:
    why = f"  {task['reason']}" if task["reason"] else ""
    return f"{task['id']}  {paint(task['state'])}{why}"


def _each(
    task_ids: tuple[str, ...],
    act: Callable[[str], Task],
    *,
    as_json: bool,
    show: Callable[[Task], str] = _state,
) -> _Acted[Task]:
    """Goes on after a task that refuses."""
    done: list[Task] = []
    refusals: list[YggError] = []
    for task_id in task_ids:
        try:
            done.append(act(task_id))
        except YggError as error:
            if len(task_ids) == 1:
                raise
            if task_id not in error.message:
                error.message = f"{task_id}: {error.message}"
            report(error)
            refusals.append(error)
        else:
            if not as_json:
                say(show(done[-1]))
    if as_json:
        say_json(done)
    return _Acted(done, refusals)
