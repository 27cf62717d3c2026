"""Executors and the labels they announced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, text

from ygg.labels import machine_queue
from ygg.task import Announcement

_EXECUTOR = text(
    "INSERT INTO executors (executor, boot, announcement, announced_at, departed_at)"
    " VALUES (:executor, :boot, :announcement, :now, NULL)"
    " ON CONFLICT (executor) DO UPDATE SET boot = excluded.boot,"
    " announcement = excluded.announcement, announced_at = excluded.announced_at,"
    " departed_at = NULL"
)
_LABEL = text(
    "INSERT INTO labels (label, offer, announced_at, announced_by)"
    " VALUES (:label, :offer, :now, :executor)"
    " ON CONFLICT (label) DO UPDATE SET offer = excluded.offer,"
    " announced_at = excluded.announced_at, announced_by = excluded.announced_by"
)
_DEPART = text(
    "UPDATE executors SET departed_at = :now WHERE executor = :executor AND boot = :boot"
)


@dataclass(frozen=True, eq=False)
class KnownExecutor:
    announcement: Announcement
    announced_at: float
    departed_at: float | None

    @cached_property
    def queues(self) -> frozenset[str]:
        """Those that it consumes."""
        return frozenset((*self.announcement.queues, machine_queue(self.announcement.machine)))

    @cached_property
    def labels(self) -> frozenset[str]:
        return frozenset(offer.label for offer in self.announcement.offers)


def announce(connection: Connection, announcement: Announcement, now: float) -> None:
    values = {
        "executor": announcement.executor,
        "boot": announcement.boot,
        "announcement": announcement.model_dump_json(),
        "now": now,
    }
    connection.execute(_EXECUTOR, values)
    labels = [
        {
            "label": offer.label,
            "offer": offer.model_dump_json(),
            "now": now,
            "executor": announcement.executor,
        }
        for offer in announcement.offers
    ]
    if labels:
        connection.execute(_LABEL, labels)


def depart(connection: Connection, executor: str, boot: str, now: float) -> None:
    connection.execute(_DEPART, {"executor": executor, "boot": boot, "now": now})
