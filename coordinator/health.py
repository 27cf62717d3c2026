"""How the coordinator and what it stands on are doing."""

from __future__ import annotations

import shutil
import time

from redis.exceptions import RedisError, ResponseError
from sqlalchemy import text

from coordinator.parts import Parts
from ygg import __version__
from ygg.errors import YggError
from ygg.views import Health, PartHealth

LOW_DISK_BYTES = 256 * 1024 * 1024
RECENT_SECONDS = 10.0


def health_of(parts: Parts) -> Health:
    found = {
        "database": _database(parts),
        "disk": _disk(parts),
        "broker": _broker(parts),
        "executors": _executors(parts),
        "threads": _threads(parts),
        "events": _events(parts),
    }
    if told := parts.registry.told:
        found["registry"] = told
    # Without executors tasks wait, without a registry machines go on with the images they have,
    # and with unreadable events a person should look: none makes the coordinator itself unwell.
    vital = ("database", "broker", "threads")
    return Health(ok=all(found[name]["ok"] for name in vital), version=__version__, parts=found)


def _database(parts: Parts) -> PartHealth:
    try:
        with parts.ledger.read() as connection:
            connection.execute(text("SELECT 1"))
    except YggError as error:
        return PartHealth(ok=False, detail=error.message)
    return PartHealth(ok=True, detail=parts.ledger.url.get_backend_name())


def _disk(parts: Parts) -> PartHealth:
    free = shutil.disk_usage(parts.settings.data_dir).free
    return PartHealth(ok=free > LOW_DISK_BYTES, detail=f"{free // 2**20} MiB free")


def _broker(parts: Parts) -> PartHealth:
    sight = parts.watch.sight
    if not sight.reachable:
        return PartHealth(ok=False, detail=f"away: {sight.detail}")
    return PartHealth(ok=True, detail=f"{sight.detail}, {_keeping(parts)}")


def _keeping(parts: Parts) -> str:
    """Whether a restart or a full memory would make the broker lose anything."""
    try:
        told = {
            name: str(parts.redis.config_get(name).get(name, "?"))
            for name in ("appendonly", "maxmemory-policy")
        }
    except (RedisError, ResponseError) as error:
        return f"its configuration cannot be read ({error})"
    aof = "AOF on" if told["appendonly"] == "yes" else "AOF off: a restart loses its queues"
    policy = told["maxmemory-policy"]
    return f"{aof}, {policy}" if policy == "noeviction" else f"{aof}, {policy}: it may evict tasks"


def _executors(parts: Parts) -> PartHealth:
    alive = [known for known in parts.catalogue.executors if parts.catalogue.serving(known)]
    names = ", ".join(known.announcement.executor for known in alive)
    refused = [f"{name} is refused: {why}" for name, why in parts.catalogue.refused().items()]
    return PartHealth(ok=bool(alive), detail="; ".join([names or "none is alive", *refused]))


def _threads(parts: Parts) -> PartHealth:
    dead = {thread.name for thread in parts.threads if not thread.is_alive()}
    now = time.monotonic()
    dead |= {name for name, at in parts.failed_at.items() if now - at < RECENT_SECONDS}
    detail = f"failing: {', '.join(sorted(dead))}" if dead else "all running"
    return PartHealth(ok=not dead, detail=detail)


def _events(parts: Parts) -> PartHealth:
    try:
        with parts.ledger.read() as connection:
            count = connection.execute(text("SELECT COUNT(*) FROM unreadable")).scalar_one()
    except YggError as error:
        return PartHealth(ok=False, detail=error.message)
    detail = f"{count} that could not be read: see the table `unreadable`" if count else "all read"
    return PartHealth(ok=not count, detail=detail)
