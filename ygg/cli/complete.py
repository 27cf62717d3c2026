"""What a shell may offer after Tab. Quick, and silent when the fleet does not answer."""

from __future__ import annotations

from click.shell_completion import CompletionItem

from ygg.cli.connect import connected
from ygg.client import Client
from ygg.errors import YggError

TIMEOUT_SECONDS = 0.7


def task_ids(incomplete: str) -> list[CompletionItem]:
    try:
        with connected(timeout_seconds=TIMEOUT_SECONDS) as client:
            page = client.tasks(limit=100)
    except (YggError, OSError, ValueError):
        return []
    return [
        CompletionItem(task["id"], help=f"{task['state']} {task['label']} {task['title']}".strip())
        for task in page["tasks"]
        if task["id"].startswith(incomplete.lower())
    ]


def names(kind: str, incomplete: str) -> list[CompletionItem]:
    try:
        with connected(timeout_seconds=TIMEOUT_SECONDS) as client:
            found = _known(client, kind)
    except (YggError, OSError, ValueError):
        return []
    return [
        CompletionItem(name, help=summary)
        for name, summary in sorted(found.items())
        if name.startswith(incomplete)
    ]


def _known(client: Client, kind: str) -> dict[str, str]:
    if kind == "label":
        return {view["label"]: view["summary"] for view in client.labels()}
    if kind == "family":
        return {view["label"].split("-", 1)[0]: "" for view in client.labels()}
    if kind == "queue":
        return {view["queue"]: "" for view in client.queues()}
    if kind == "executor":
        return {view["executor"]: view["state"] for view in client.executors()}
    return {view["machine"]: view["state"] for view in client.executors()}
