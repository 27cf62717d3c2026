"""Following a task: its log as it comes, through a coordinator's restart, then its result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ygg.cli.code_result import is_code_result, proposes
from ygg.cli.log_printer import LogPrinter, Where
from ygg.cli.notices import say_warnings
from ygg.cli.output import can_ask, note, plain, say, say_json
from ygg.cli.states import SETTLED
from ygg.errors import TaskFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ygg import views
    from ygg.client import Client

PATIENCE_SECONDS = 60.0
"""How long a coordinator may be away before following it is given up."""
ROUND_SECONDS = 20.0
NEXT_TRY_SECONDS = 0.5


def follow_to_result(
    client: Client, task: views.TaskView, timeout: float | None, *, as_json: bool
) -> None:
    """Raises `TaskFailed` unless it succeeds in time."""
    note(f"ygg: task {task['id']} on queue {task['queue']}")
    printer = LogPrinter(Where.STDERR if as_json else Where.APART)
    try:
        detail = follow(client, task["id"], printer, timeout)
    except KeyboardInterrupt:
        if can_ask():
            note(f"\nygg: task {task['id']} goes on: ygg wait {task['id']}")
        raise
    if as_json:
        printer.end_line()
        say_json(detail)
    elif detail["state"] in SETTLED:
        _say_result(detail, printer)
    printer.end_talk()
    say_warnings(detail)
    check_success(detail)
    note(f"ygg: task {task['id']} succeeded")
    if not as_json and proposes(detail["result"]):
        note(f"ygg: next: ygg apply {task['id']}")


def follow(
    client: Client, task_id: str, printer: LogPrinter, timeout: float | None
) -> views.TaskDetail:
    """The log until the task is settled, or as it is when the time has passed."""
    deadline = None if timeout is None else time.monotonic() + timeout
    patience = _Patience()

    def print_log() -> None:
        for line in client.logs(task_id, follow=True, deadline=deadline):
            printer.write(line)
            patience.restore()

    return _until_settled(client, task_id, deadline, patience, print_log)


def wait_settled(client: Client, task_id: str, deadline: float | None) -> views.TaskDetail:
    return _until_settled(client, task_id, deadline, _Patience(), lambda: None)


def _until_settled(
    client: Client,
    task_id: str,
    deadline: float | None,
    patience: _Patience,
    meanwhile: Callable[[], None],
) -> views.TaskDetail:
    while True:
        try:
            meanwhile()
            detail = client.wait(task_id, timeout_seconds=_round(deadline))
        except Unreachable as error:
            patience.lose(error)
            continue
        patience.restore()
        if detail["state"] in SETTLED or (deadline and time.monotonic() >= deadline):
            return detail


def check_success(task: views.TaskDetail) -> None:
    if task["state"] == "succeeded":
        return
    why = f": {task['reason']}" if task["reason"] else ""
    if task["state"] == "review":
        hint = f"ygg show {task['id']}, then ygg approve or ygg reject {task['id']}"
        raise TaskFailed(f"task {task['id']} waits for a review{why}", hint=hint)
    if task["state"] not in SETTLED:
        hint = f"ygg wait {task['id']}, or ygg cancel {task['id']}"
        raise TaskFailed(f"task {task['id']} is still {task['state']}{why}", hint=hint)
    if task["hint"]:
        why += f" ({plain(task['hint'])})"
    raise TaskFailed(f"task {task['id']} {task['state']}{why}", hint=f"ygg show {task['id']}")


class _Patience:
    """Forgives an absent coordinator for a while: it may be restarting."""

    def __init__(self) -> None:
        self._lost_at: float | None = None

    def lose(self, error: Unreachable) -> None:
        now = time.monotonic()
        if self._lost_at is None:
            self._lost_at = now
            note(f"ygg: {error.message}; trying again for {PATIENCE_SECONDS:.0f} s")
        elif now - self._lost_at > PATIENCE_SECONDS:
            raise error
        time.sleep(NEXT_TRY_SECONDS)

    def restore(self) -> None:
        self._lost_at = None


def _round(deadline: float | None) -> float:
    """One request's share of the waiting: short enough for what stands between to allow."""
    if deadline is None:
        return ROUND_SECONDS
    return max(0.0, min(ROUND_SECONDS, deadline - time.monotonic()))


def _say_result(task: views.TaskDetail, printer: LogPrinter) -> None:
    """What a command wrote is its result, and the log has shown it; nobody wants it twice."""
    result = task["result"]
    written = result.get("stdout") if isinstance(result, dict) else None
    if isinstance(written, str):
        if not printer.wrote_stdout:  # its log was lost on the way
            say(written, end="")
        return
    printer.end_line()
    if is_code_result(result):
        from ygg.cli.code_report import say_code_result

        say_code_result(task["id"], result)
    elif isinstance(result, str):
        say(result)
    elif result is not None:
        say_json(result)
