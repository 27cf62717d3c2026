"""Following a task: its log as it comes, through a coordinator's restart, then its result."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ygg.cli.output import can_ask, note, plain, say, say_json
from ygg.cli.states import SETTLED
from ygg.errors import TaskFailed, Unreachable

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client

PATIENCE_SECONDS = 60.0
"""How long a coordinator may be away before following it is given up."""
ROUND_SECONDS = 20.0
NEXT_TRY_SECONDS = 0.5


class LogPrinter:
    """Writes each piece once, whatever is sent again after a broken connection."""

    def __init__(self, *, to_stderr: bool = False, as_json: bool = False) -> None:
        self._seen: tuple[int, int] = (0, -1)
        self._out = sys.stderr if to_stderr else sys.stdout
        self._as_json = as_json
        self._at_line_start = True

    def write(self, line: views.LogLine) -> None:
        place = (line["attempt"], line["sequence"])
        if place <= self._seen:
            return
        if self._seen[0] and line["attempt"] != self._seen[0] and not self._as_json:
            self.end_line()
            note(f"ygg: attempt {line['attempt']}")
        self._seen = place
        if self._as_json:
            from ygg.cli.output import say_json_line

            say_json_line(line)
        else:
            self._write_text(line)

    def _write_text(self, line: views.LogLine) -> None:
        if line["dropped_bytes"]:
            note(f"ygg: {line['dropped_bytes']:,} bytes of the log were dropped here")
        if line["stream"] in ("ygg", "progress"):
            if line["text"].strip():
                note(f"ygg: {plain(line['text'].strip())}")
        elif line["text"]:
            self._out.write(line["text"])
            self._out.flush()
            self._at_line_start = line["text"].endswith("\n")

    def end_line(self) -> None:
        if not self._at_line_start:
            self._out.write("\n")
            self._at_line_start = True


def follow_to_result(
    client: Client, task: views.TaskView, timeout: float | None, *, as_json: bool
) -> None:
    """Raises `TaskFailed` unless it succeeds in time."""
    note(f"ygg: task {task['id']} on queue {task['queue']}")
    printer = LogPrinter(to_stderr=as_json)
    try:
        detail = follow(client, task["id"], printer, timeout)
    except KeyboardInterrupt:
        if can_ask():
            note(f"\nygg: task {task['id']} goes on: ygg wait {task['id']}")
        raise
    printer.end_line()
    if as_json:
        say_json(detail)
    elif detail["result"] is not None and detail["state"] in SETTLED:
        _say_result(detail["result"])
    check_success(detail)


def follow(
    client: Client, task_id: str, printer: LogPrinter, timeout: float | None
) -> views.TaskDetail:
    """The log until the task is settled, or as it is when the time has passed."""
    deadline = None if timeout is None else time.monotonic() + timeout
    patience = _Patience()
    while True:
        try:
            for line in client.logs(task_id, follow=True, deadline=deadline):
                printer.write(line)
                patience.restore()
            detail = client.wait(task_id, timeout_seconds=_round(deadline))
        except Unreachable as error:
            patience.lose(error)
            continue
        patience.restore()
        if detail["state"] in SETTLED or (deadline and time.monotonic() >= deadline):
            return detail


def wait_settled(client: Client, task_id: str, deadline: float | None) -> views.TaskDetail:
    patience = _Patience()
    while True:
        try:
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


def _say_result(result: object) -> None:
    if isinstance(result, str):
        say(result)
    else:
        say_json(result)
