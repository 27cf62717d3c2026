"""Many tasks in one request: which of its lines may be written, judged one by one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from coordinator.ledger import submit
from coordinator.ledger.rows import NewTask
from ygg.errors import BadInput, Conflict, YggError
from ygg.task import TaskSpec
from ygg.views import LineProblem

PROBLEMS = 100
"""The most lines of a request that are explained."""


@dataclass(frozen=True)
class Line:
    """One line of a bulk request that could be read."""

    number: int
    spec: TaskSpec
    body: bytes
    task_id: str


def line_problem(number: int, error: YggError) -> LineProblem:
    return LineProblem(line=number, message=error.message, field=error.field, allowed=error.allowed)


def check_same(kept: submit.Known, task: NewTask) -> None:
    if kept.fingerprint != task.fingerprint:
        raise Conflict(
            f"the idempotency key {task.idempotency_key!r} was used for another task",
            field="idempotency_key",
            hint=f"ygg show {kept.id} shows that one; use a new key for a new task",
        )


def judge_keys(
    connection: Connection, tasks: dict[int, NewTask], rejected: dict[int, YggError]
) -> dict[int, str]:
    """The lines that made their task before, with its id. Those that contradict it are rejected."""
    named: dict[str, int] = {}
    for number, task in list(tasks.items()):
        if task.idempotency_key is None:
            continue
        if task.idempotency_key in named:
            rejected[number] = Conflict(
                f"line {named[task.idempotency_key]} has the same idempotency key",
                field="idempotency_key",
            )
            del tasks[number]
        else:
            named[task.idempotency_key] = number
    found = {}
    for key, kept in submit.known_keys(connection, list(named)).items():
        number = named[key]
        try:
            check_same(kept, tasks[number])
            found[number] = kept.id
        except Conflict as error:
            rejected[number] = error
            del tasks[number]
    return found


def judge_dependencies(
    connection: Connection,
    tasks: dict[int, NewTask],
    rejected: dict[int, YggError],
    refused: set[str],
) -> None:
    """A line that waits for what is not there, or for a rejected line, is rejected itself.

    `refused` are the ids that the rejected lines would have had.
    """
    outside = {name for task in tasks.values() for name in task.after}
    if not outside:
        return
    states = submit.states_of(connection, sorted(outside))
    dropped = True
    while dropped:
        dropped = False
        inside = {task.id for task in tasks.values()}
        for number, task in list(tasks.items()):
            try:
                if refused.intersection(task.after):
                    raise BadInput("it waits for a line that was refused", field="after")
                submit.check_names(task.after, inside, states)
            except YggError as error:
                rejected[number] = error
                refused.add(task.id)
                del tasks[number]
                dropped = True
