"""The executors as the ledger has them. An announcement of a hundred kilobytes is read once, and
what a thousand executors offer alike is one object: most of a fleet is of one version."""

from __future__ import annotations

import json
from weakref import WeakValueDictionary

from sqlalchemy import Connection, text

from coordinator.ledger.fleet import KnownExecutor
from coordinator.ledger.statements import Among, AnyRow, fetch, fetch_among
from ygg.task import Announcement, Offer

_EXECUTORS = text(
    "SELECT executor, boot, announced_at, departed_at FROM executors ORDER BY executor"
)
_ANNOUNCEMENTS = Among("SELECT executor, announcement FROM executors WHERE executor IN :ids")
_LABELS = text("SELECT label, offer FROM labels ORDER BY label")


class Roster:
    """Not for two threads at once."""

    def __init__(self) -> None:
        self._known: dict[str, KnownExecutor] = {}
        self._offers: WeakValueDictionary[str, Offer] = WeakValueDictionary()

    def executors(self, connection: Connection) -> tuple[KnownExecutor, ...]:
        rows = fetch(connection, _EXECUTORS)
        news = [row.executor for row in rows if not self._is_known(row)]
        told = {
            row.executor: self._announcement(row.announcement)
            for row in fetch_among(connection, _ANNOUNCEMENTS, news)
        }
        self._known = {row.executor: self._member(row, told.get(row.executor)) for row in rows}
        return tuple(self._known.values())

    def labels(self, connection: Connection) -> dict[str, Offer]:
        rows = fetch(connection, _LABELS)
        return {row.label: self._offer(json.loads(row.offer)) for row in rows}

    def _is_known(self, row: AnyRow) -> bool:
        known = self._known.get(row.executor)
        return known is not None and (known.announcement.boot, known.announced_at) == (
            row.boot,
            row.announced_at,
        )

    def _member(self, row: AnyRow, told: Announcement | None) -> KnownExecutor:
        if told is not None:
            return KnownExecutor(told, row.announced_at, row.departed_at)
        known = self._known[row.executor]
        if known.departed_at == row.departed_at:
            return known
        return KnownExecutor(known.announcement, row.announced_at, row.departed_at)

    def _announcement(self, stored: str) -> Announcement:
        found = json.loads(stored)
        offers = tuple(self._offer(one) for one in found["offers"])
        return Announcement.model_validate(found | {"offers": offers})

    def _offer(self, found: object) -> Offer:
        stored = json.dumps(found)
        offer = self._offers.get(stored)
        if offer is None:
            offer = self._offers[stored] = Offer.model_validate_json(stored)
        return offer
