"""Many tasks in one request: which of its lines may be written, judged one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    return LineProblem(
        line=number,
        message=error.message,
        field=error.field,
        allowed=error.allowed,
        hint=error.hint,
    )


def line_problems(rejected: Mapping[int, YggError]) -> list[LineProblem]:
    return [line_problem(number, error) for number, error in sorted(rejected.items())[:PROBLEMS]]


def check_same(kept: submit.Known, task: NewTask) -> None:
    if kept.fingerprint != task.fingerprint:
        raise Conflict(
            f"the idempotency key {task.idempotency_key!r} was used for another task",
            field="idempotency_key",
            hint=f"ygg show {kept.id} shows that one; use a new key for a new task",
        )


def judge_by_ledger(
    connection: Connection,
    tasks: dict[int, NewTask],
    rejected: dict[int, YggError],
    lines: Sequence[Line],
) -> dict[int, str]:
    """The lines that made their task before, with its id. Lines that only the ledger can judge
    join the rejected, and whoever waits for those."""
    known = judge_keys(connection, tasks, rejected)
    stand_for_known(tasks, known)
    judge_dependencies(connection, tasks, rejected, lines)
    return known


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
                allowed=["a key of its own for each line"],
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


def stand_for_known(tasks: dict[int, NewTask], known: dict[int, str]) -> None:
    """Whoever waits for a line that made its task before waits for that task."""
    kept = {tasks[number].id: task_id for number, task_id in known.items()}
    for number, task in tasks.items():
        if kept and task.after:
            # A task may be named twice: by its id, and by the `ref` of the line that stands for it.
            after = dict.fromkeys(kept.get(name, name) for name in task.after)
            tasks[number] = replace(task, after=tuple(after))


def judge_dependencies(
    connection: Connection,
    tasks: dict[int, NewTask],
    rejected: dict[int, YggError],
    lines: Sequence[Line],
) -> None:
    """A line that waits for what is not there, or for a rejected line, is rejected itself."""
    waiting: dict[str, list[int]] = defaultdict(list)
    for number, task in tasks.items():
        for name in task.after:
            waiting[name].append(number)
    if not waiting:
        return
    states = submit.states_of(connection, sorted(waiting))
    numbers = {line.task_id: line.number for line in lines}
    inside = {task.id for task in tasks.values()}
    gone = list(numbers.keys() - inside)
    for number in sorted({number for those in waiting.values() for number in those}):
        if any(name in numbers and name not in inside for name in tasks[number].after):
            continue
        try:
            submit.check_names(tasks[number].after, inside, states)
        except YggError as error:
            rejected[number] = error
            gone.append(tasks.pop(number).id)
    _refuse_those_behind(gone, numbers, waiting, tasks, rejected)


def _refuse_those_behind(
    gone: list[str],
    numbers: Mapping[str, int],
    waiting: Mapping[str, list[int]],
    tasks: dict[int, NewTask],
    rejected: dict[int, YggError],
) -> None:
    """Whoever waits for a line that is gone goes too, and so on."""
    while gone:
        name = gone.pop()
        for number in waiting.get(name, ()):
            if number in tasks:
                rejected[number] = BadInput(
                    f"it waits for line {numbers[name]}, which was refused", field="after"
                )
                gone.append(tasks.pop(number).id)
