"""Whether an embedded fleet works, and if not, which part keeps it from working."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ygg.client import Client
from ygg.embedded.state import State
from ygg.errors import YggError
from ygg.target import Target, token_file

if TYPE_CHECKING:
    from ygg import views

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Trouble:
    part: str
    detail: str
    log: str | None
    """The part whose log may say more."""


def find_trouble(data_dir: Path, state: State) -> Trouble | None:
    """Nothing once the coordinator is well and the executor of this start is alive."""
    client = Client(Target(state.url, _token(data_dir)), timeout_seconds=TIMEOUT_SECONDS)
    try:
        health = client.health()
        if not health["ok"]:
            return _unwell(health, state)
        ready = any(_is_ready(view, state) for view in client.executors())
    except YggError as error:
        return Trouble("coordinator", error.message, "coordinator")
    finally:
        client.close()
    return None if ready else Trouble("executor", "it has not announced itself", "executor")


def _is_ready(view: views.ExecutorView, state: State) -> bool:
    """The one that was here before may still count as alive for a moment: it was seen earlier."""
    seen_at = view["seen_at"] or 0.0
    named = view["executor"] == state.executor
    return named and view["state"] == "alive" and seen_at >= state.began_at


def _unwell(health: views.Health, state: State) -> Trouble:
    broker = health["parts"].get("broker")
    if broker is not None and not broker["ok"]:
        ours = "valkey" in state.parts
        return Trouble("broker", broker["detail"], "valkey" if ours else None)
    found = [
        f"{name}: {part['detail']}" for name, part in health["parts"].items() if not part["ok"]
    ]
    return Trouble("coordinator", "; ".join(found), "coordinator")


def _token(data_dir: Path) -> str | None:
    try:
        return token_file(data_dir).read_text().strip() or None
    except OSError:
        return None


def tail(file: Path, lines: int = 15) -> list[str]:
    """The last lines of a log."""
    try:
        with file.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 16_384))
            return log.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
