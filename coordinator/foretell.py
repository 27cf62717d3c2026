"""What would become of a task: where it would go, who could take it, and why."""

from __future__ import annotations

import time

from coordinator.catalogue import Catalogue
from coordinator.ledger.rows import NewTask
from ygg.labels import Route
from ygg.views import DryRun


def foretell(task: NewTask, route: Route, catalogue: Catalogue) -> DryRun:
    why = [leads_to(task.label, route)]
    if task.machine:
        why.append(f"pinned to {task.machine}: its own queue {task.queue}")
    if task.requires:
        why.append(f"needs {', '.join(sorted(task.requires))}")
    why += _waits(task)
    if not _offered(task, catalogue):
        why.append("no executor that is alive offers it now: it would wait in the queue")
        why += filter(None, [catalogue.mistaken_machine(task.queue)])
    return DryRun(
        would=would(task, catalogue),
        label=task.label,
        queue=task.queue,
        route=route.prefix,
        executors=catalogue.candidates(task.label, task.queue, task.requires),
        why=why,
    )


def would(task: NewTask, catalogue: Catalogue) -> str:
    if _waits(task):
        return "wait"
    return "run" if _offered(task, catalogue) else "queue"


def leads_to(label: str, route: Route) -> str:
    served = f", normally served by {route.served_by}" if route.served_by else ""
    return f"{label} begins with {route.prefix}: queue {route.queue}{served}"


def _offered(task: NewTask, catalogue: Catalogue) -> bool:
    return catalogue.offered_now(task.label, task.queue, task.requires)


def _waits(task: NewTask) -> list[str]:
    waits = []
    if task.approval:
        waits.append("waits for an approval before it is dispatched")
    if task.after:
        waits.append(f"waits for {len(task.after)} other tasks")
    if task.not_before is not None and task.not_before > time.time():
        waits.append("waits for its time")
    return waits
