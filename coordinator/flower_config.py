"""Flower reads this file as Python: what its pages show of our tasks."""

from typing import Any

purge_offline_workers = 60
max_tasks = 10_000
tasks_columns = "name,uuid,state,received,started,runtime,worker"


def format_task(task: Any) -> Any:
    """The publisher puts label, id and title where Celery keeps a task's keyword arguments."""
    readable = str(task.kwargs or "")
    if readable:
        task.name = readable
        task.kwargs = ""
    return task
