"""What keeps an accepted task from beginning, said in the same words whichever verb made it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ygg.cli.output import note, plain
from ygg.cli.states import SETTLED
from ygg.errors import YggError

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client

PAGE = 1000
"""The most tasks that are looked at after many were made at once."""
SHOWN_IDS = 5


def say_notices(notices: Iterable[str], tasks: Sequence[views.TaskView]) -> None:
    """Those of the coordinator, and which of the tasks wait for a person."""
    for text in notices:
        note(f"ygg: {text}")
    waiting = [task["id"] for task in tasks if waits_for_yes(task)]
    if waiting:
        count = f"{len(waiting):,} tasks wait" if len(waiting) > 1 else "it waits"
        more = " …" if len(waiting) > SHOWN_IDS else ""
        shown = " ".join(sorted(waiting)[:SHOWN_IDS])
        note(f"ygg: {count} for a person's yes: ygg approve {shown}{more}")


def say_warnings(task: views.TaskDetail, *, of: str = "") -> None:
    """`of`: which task, where there are several. What failed before it began again is past."""
    if task["state"] in SETTLED:
        for text in task["warnings"]:
            note(f"ygg: warning: {of}{plain(text)}")


def say_notices_of(client: Client, tasks: Sequence[views.TaskView]) -> None:
    """For tasks whose acceptance came without notices: asks for them."""
    try:
        notices = _ask(client, tasks)
    except YggError:  # the tasks are made, and told; only the remark is lost
        notices = []
    say_notices(notices, tasks)


def not_begun(client: Client, task_ids: Iterable[str], *states: str) -> list[views.TaskView]:
    """Which of these new tasks are in such a state, as far as one page of the list reaches."""
    wanted = set(task_ids)
    try:
        page = client.tasks(state=",".join(states), limit=PAGE)
    except YggError:
        return []
    return [task for task in page["tasks"] if task["id"] in wanted]


def waits_for_yes(task: views.TaskView) -> bool:
    """An approval that was asked for, or a task that is held after too many bad attempts."""
    gate = "approval" in task["reason"] or "held" in task["reason"]
    return task["state"] == "waiting" and gate


def _ask(client: Client, tasks: Sequence[views.TaskView]) -> list[str]:
    open_tasks = {
        (task["label"], task["queue"]): task
        for task in tasks
        if task["state"] in ("waiting", "queued")
    }
    if not open_tasks:
        return []
    if not client.health()["parts"]["broker"]["ok"]:
        return ["the broker is away: accepted, and dispatched when it is back"]
    return [
        f"no executor that is alive offers {label} on queue {queue} now: it waits"
        for (label, queue), task in sorted(open_tasks.items())
        if not _is_offered(client, task)
    ]


def _is_offered(client: Client, task: views.TaskView) -> bool:
    """As the coordinator judges it: by tags and the machine's own queue, too."""
    asked: dict[str, object] = {"label": task["label"], "params": client.task(task["id"])["params"]}
    if task["queue"].startswith("on."):
        asked["on"] = task["queue"].removeprefix("on.")
    candidates = client.dry_run(asked)["executors"]
    return any(each["alive"] and each["offers"] and not each["missing"] for each in candidates)
