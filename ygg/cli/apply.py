"""`ygg apply`: what a code- task proposes goes into the files here, or into a clone as a branch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ygg.cli.apply_asked import Asked
from ygg.cli.arguments import TaskId
from ygg.cli.code_result import branch_of, changes_of, is_code_result
from ygg.cli.connect import connected
from ygg.cli.output import can_ask, confirm, note, plain
from ygg.cli.states import SETTLED
from ygg.errors import EXIT_FAILED, Conflict

if TYPE_CHECKING:
    from ygg import views
    from ygg.cli.code_result import Result


@click.command()
@click.argument("task_id", metavar="ID", type=TaskId())
@click.option(
    "--dir",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    help="Where the files are, or the clone; by default here.",
)
@click.option("--dry-run", is_flag=True, help="Check, say what would be done, and write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask about a result that is not verified.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def apply(task_id: str, folder: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Put in place what a code- task proposes: all of it or nothing.

    Its files must be as they were when it was submitted. A task on a repository becomes a branch
    of the clone in FOLDER; nothing is checked out or merged.
    """
    asked = Asked(Path(folder), dry_run, yes, as_json)
    with connected() as client:
        task = client.task(task_id)
        result = _applicable(task, asked)
        branch, changes = branch_of(result), changes_of(result)

        def be_sure() -> None:
            _be_sure(task, result, asked)

        if branch is not None:
            from ygg.cli.apply_branch import apply_branch

            apply_branch(client, task_id, branch, asked, be_sure)
        elif changes:
            from ygg.cli.apply_files import apply_files

            apply_files(client, task_id, changes, asked, be_sure)
        else:
            hint = f"ygg show {task_id} has what it found"
            raise Conflict(f"task {task_id} changes no files", hint=hint)


def _applicable(task: views.TaskDetail, asked: Asked) -> Result:
    """The result, unless the task's state or verdict forbids to apply it."""
    name, state, result = task["id"], task["state"], task["result"]
    if state not in SETTLED:
        raise Conflict(f"task {name} is still {state}", hint=f"ygg wait {name}")
    if not is_code_result(result):
        why = f"is a {task['label']}" if state == "succeeded" else state
        hint = f"ygg show {name} has its result and files; only code- tasks are applied"
        raise Conflict(f"task {name} {why}: it has nothing to apply", hint=hint)
    if "refuted" in _verdicts(task, result):
        hint = f"ygg show {name} has the checks, ygg retry {name} tries again"
        raise Conflict(f"task {name} is refuted, and so never applied{_why(result)}", hint=hint)
    if state == "review" and not asked.dry_run:
        hint = f"ygg show {name}, then ygg approve {name} or ygg reject {name}"
        raise Conflict(f"task {name} waits for a review", hint=hint)
    if state not in ("review", "succeeded"):
        reason = f": {plain(task['reason'])}" if task["reason"] else ""
        raise Conflict(f"task {name} {state}{reason}", hint=f"ygg show {name}")
    return result


def _be_sure(task: views.TaskDetail, result: Result, asked: Asked) -> None:
    """What no check vouches for is written only if a person wants it."""
    if asked.yes or _verdicts(task, result) == {"verified"}:
        return
    doubt = f"task {task['id']} is not verified{_why(result)}"
    if not can_ask():
        raise Conflict(doubt, hint=f"ygg show {task['id']}, then ygg apply {task['id']} --yes")
    note(f"ygg: {doubt}")
    if not confirm("Apply it all the same?"):
        note("ygg: nothing was written")
        raise click.exceptions.Exit(EXIT_FAILED)


def _verdicts(task: views.TaskDetail, result: Result) -> set[object]:
    """What the ledger and the result say; they should be one."""
    return {task["verdict"], result["verdict"]} - {None}


def _why(result: Result) -> str:
    reason = result.get("reason")
    return f": {plain(reason)}" if reason and isinstance(reason, str) else ""
