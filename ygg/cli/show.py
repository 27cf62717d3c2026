"""`ygg show`: everything the ledger knows about one task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import TaskId
from ygg.cli.code_result import is_code_result, proposes
from ygg.cli.connect import connected
from ygg.cli.facts import say_facts
from ygg.cli.notices import waits_for_yes
from ygg.cli.output import bold, paint, plain, say, say_json
from ygg.cli.states import FINAL
from ygg.cli.table import print_table
from ygg.cli.tiers import TIERS
from ygg.cli.times import span, when

if TYPE_CHECKING:
    from ygg import views


RULE_COLUMNS = 40


@click.command()
@click.argument("task_ids", metavar="ID...", type=TaskId(), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; of several tasks, a list.")
def show(task_ids: tuple[str, ...], as_json: bool) -> None:
    """Show tasks: params, every attempt, what people did, result and files."""
    with connected() as client:
        found = [client.task(task_id) for task_id in task_ids]
    if as_json:
        say_json(found if len(found) > 1 else found[0])
        return
    for place, task in enumerate(found):
        if place:
            say(f"\n{'─' * RULE_COLUMNS}\n")
        _print(task)


def _print(task: views.TaskDetail) -> None:
    say_facts(_facts(task))
    _attempts(task["attempts"])
    _actions(task["actions"])
    _files("Inputs", task["inputs"])
    _files("Artifacts", task["artifacts"])
    _document("Params", task["params"] or None)
    _result(task)
    _next(task)


def _facts(task: views.TaskDetail) -> Iterator[tuple[str, str]]:
    yield "id", task["id"]
    yield "label", task["label"]
    yield "title", plain(task["title"])
    yield "state", paint(task["state"])
    yield "reason", plain(task["reason"])
    yield "hint", plain(task["hint"])
    yield "verdict", task["verdict"] or ""
    # A coordinator of an older version does not tell.
    yield "tier", TIERS.get(task.get("tier") or 0, "")
    yield "progress", plain(task["progress"])
    yield "queue", task["queue"]
    yield "priority", str(task["priority"])
    yield "attempt", _attempt(task)
    yield "executor", task["executor"] or ""
    yield "key", plain(task["key"] or "")
    yield "after", " ".join(task["after"])
    yield "not before", when(task["not_before"])
    yield "retry of", task["retry_of"] or ""
    yield "created", f"{when(task['created_at'])} by {task['submitted_by']}"
    yield "started", when(task["started_at"])
    yield "finished", _finished(task)
    for warning in task["warnings"]:
        yield "warning", plain(warning)


def _attempt(task: views.TaskDetail) -> str:
    """Which one, and where some were not counted, how many of the tries are gone."""
    counted = sum(_counts(each) for each in task["attempts"])
    if counted == task["attempt"]:
        return f"{counted} of {task['max_attempts']}"
    return f"{task['attempt']} ({counted} of {task['max_attempts']} counted)"


def _finished(task: views.TaskDetail) -> str:
    if task["finished_at"] is None:
        return ""
    lasted = task["finished_at"] - (task["started_at"] or task["finished_at"])
    return f"{when(task['finished_at'])}, after {span(max(lasted, 0))}"


def _attempts(attempts: list[views.AttemptView]) -> None:
    if not attempts:
        return
    say()
    rows = [
        (
            str(each["attempt"]),
            _ending(each),
            each["executor"] or "",
            when(each["dispatched_at"]),
            when(each["started_at"]),
            when(each["ended_at"]),
            each["reason"] + (f" (late: {each['late']})" if each["late"] else ""),
        )
        for each in attempts
    ]
    header = ("ATTEMPT", "STATE", "EXECUTOR", "DISPATCHED", "STARTED", "ENDED", "REASON")
    print_table(header, rows, spare=("DISPATCHED", "STARTED", "EXECUTOR"), folded=True)


def _counts(attempt: views.AttemptView) -> bool:
    """An attempt that ended through no fault of the task takes none of its tries."""
    return attempt["charged"] or attempt["ended_at"] is None


def _ending(attempt: views.AttemptView) -> str:
    return attempt["state"] if _counts(attempt) else f"{attempt['state']} (not counted)"


def _actions(actions: list[views.ActionView]) -> None:
    if not actions:
        return
    say()
    rows = [(when(each["at"]), each["actor"], each["action"], each["note"]) for each in actions]
    print_table(("AT", "WHO", "ACTION", "NOTE"), rows, folded=True)


def _files(title: str, files: list[views.ArtifactView]) -> None:
    if not files:
        return
    say()
    rows = [(each["path"], str(each["size_bytes"]), each["sha256"][:12]) for each in files]
    header = (title.upper(), "BYTES", "SHA256")
    print_table(header, rows, whole=header[:1], spare=header[:0:-1])


def _document(title: str, value: object) -> None:
    if value is None:
        return
    say()
    say(bold(title.upper()))
    say(value) if isinstance(value, str) else say_json(value)


def _result(task: views.TaskDetail) -> None:
    if not is_code_result(task["result"]):
        _document("Result", task["result"])
        return
    from ygg.cli.code_report import say_code_result

    say()
    say(bold("RESULT"))
    say_code_result(task["id"], task["result"])


def _next(task: views.TaskDetail) -> None:
    if task["state"] == "review" or waits_for_yes(task):
        say(f"\nnext: ygg approve {task['id']}, or ygg reject {task['id']}")
    elif task["state"] in FINAL and task["state"] != "succeeded":
        say(f"\nnext: ygg logs {task['id']}, ygg retry {task['id']}")
    elif task["state"] == "succeeded" and proposes(task["result"]):
        say(f"\nnext: ygg apply {task['id']}")
