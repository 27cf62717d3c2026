"""Flower reads this file as Python: what its pages show of our tasks."""

import ast
from typing import Any

purge_offline_workers = 60
max_tasks = 10_000
tasks_columns = "name,uuid,state,result,received,started,runtime,worker"

STATES = {"returned": "RETRY", "cancelled": "REVOKED"}
"""What Flower calls an outcome that is not well; all others are failures."""


def format_task(task: Any) -> Any:
    """The publisher puts label, id and title where Celery keeps a task's keyword arguments; the
    executor says as result what came of it. To Celery, delivering a task is success enough."""
    readable = str(task.kwargs or "")
    if readable:
        task.name = readable
        task.kwargs = ""
    if task.state == "SUCCESS" and task.result:
        task.result = said(str(task.result))
        task.state = state_of(task.result)
    return task


def said(result: str) -> str:
    """Celery sends a result as Python would show it, perhaps cut short."""
    try:
        return str(ast.literal_eval(result))
    except (ValueError, SyntaxError):
        return result


def state_of(result: str) -> str:
    """Of `ok`, of `error: exit status 3`, or of a bundle's `62 ok, 2 error`."""
    if result.startswith("not run"):
        return "IGNORED"
    words = result.partition(":")[0].split(", ")
    bad = {word.split(" ")[-1] for word in words} - {"ok"}
    if not bad:
        return "SUCCESS"
    return STATES.get(bad.pop(), "FAILURE") if len(bad) == 1 else "FAILURE"
