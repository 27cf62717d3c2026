"""Whether an embedded fleet works, and if not, which part keeps it from working."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ygg.client import Client
from ygg.errors import YggError
from ygg.target import Target, token_file

if TYPE_CHECKING:
    from ygg import views

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Trouble:
    part: str
    detail: str


def find_trouble(data_dir: Path, url: str, executor: str) -> Trouble | None:
    """Nothing once the coordinator is well and this executor is alive."""
    client = Client(Target(url, _token(data_dir)), timeout_seconds=TIMEOUT_SECONDS)
    try:
        health = client.health()
        if not health["ok"]:
            return _unwell(health)
        alive = {view["executor"] for view in client.executors() if view["state"] == "alive"}
    except YggError as error:
        return Trouble("coordinator", error.message)
    finally:
        client.close()
    return None if executor in alive else Trouble("executor", "it has not announced itself")


def _unwell(health: views.Health) -> Trouble:
    broker = health["parts"].get("broker")
    if broker is not None and not broker["ok"]:
        return Trouble("valkey", broker["detail"])
    found = [
        f"{name}: {part['detail']}" for name, part in health["parts"].items() if not part["ok"]
    ]
    return Trouble("coordinator", "; ".join(found))


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
