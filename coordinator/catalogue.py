"""What the fleet offers now: labels ever announced, executors, and which of them are alive.

Kept in memory, refreshed from the ledger when an executor announces itself and from the broker's
heartbeats, so that accepting a task asks nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import jsonschema_rs

from coordinator.ledger import Ledger, drains
from coordinator.ledger.fleet import KnownExecutor
from coordinator.ledger.roster import Roster
from coordinator.ledger.rows import Supply
from ygg import __version__
from ygg.errors import NeverAnnounced, UnknownLabel
from ygg.labels import PROBE, machine_of, nearest, probe_queue
from ygg.settings import Settings
from ygg.tags import lacking
from ygg.task import Announcement, Heartbeat, Offer
from ygg.versions import why_refused
from ygg.views import Candidate, DrainView

logger = logging.getLogger(__name__)

WINDOW_PER_PROCESS = 4
NOT_OFFERED = (
    "an executor does not offer a label whose needs or settings it lacks, and says so in its log"
)


@dataclass(frozen=True)
class _Known:
    labels: dict[str, Offer] = field(default_factory=dict)
    executors: tuple[KnownExecutor, ...] = ()
    drains: tuple[DrainView, ...] = ()
    drained: frozenset[tuple[str, str]] = frozenset()
    """Machine and executor of each drain."""


class Catalogue:
    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._roster = Roster()
        self._known = _Known()
        self._alive: dict[str, Heartbeat] = {}
        self._takers: frozenset[_Taker] = frozenset()
        self._supplied: tuple[_Known, frozenset[_Taker], list[Supply]] | None = None
        self._validators: dict[str, tuple[Offer, Any]] = {}
        self._runnable: WeakKeyDictionary[KnownExecutor, frozenset[str]] = WeakKeyDictionary()
        self._told: frozenset[str] = frozenset()
        """The refused executors that the log knows of."""

    def refresh(self) -> None:
        with self._refreshing:
            with self._ledger.read() as connection:
                labels = self._roster.labels(connection)
                executors = self._roster.executors(connection)
                known = tuple(drains.known(connection))
            drained = frozenset((one["machine"], one["executor"]) for one in known)
            self._known = _Known(labels, executors, known, drained)

    def heard(self, heartbeats: Mapping[str, Heartbeat]) -> bool:
        """Take in who is alive. True when that changed what can be dispatched."""
        with self._lock:
            takers = frozenset(map(_taking, heartbeats.values()))
            changed = takers != self._takers
            self._alive = dict(heartbeats)
            if changed:
                self._takers = takers
        self._tell_refused()
        return changed

    @property
    def labels(self) -> dict[str, Offer]:
        return self._known.labels

    @property
    def executors(self) -> tuple[KnownExecutor, ...]:
        return self._known.executors

    @property
    def drains(self) -> tuple[DrainView, ...]:
        return self._known.drains

    def is_drained(self, machine: str, executor: str = "") -> bool:
        """The whole machine, or at least this executor on it."""
        drained = self._known.drained
        return (machine, "") in drained or (machine, executor) in drained

    def heartbeat(self, executor: str) -> Heartbeat | None:
        return self._alive.get(executor)

    def offer(self, label: str) -> Offer:
        found = self._known.labels.get(label)
        if found is None:
            near = nearest(label, self._known.labels)
            raise NeverAnnounced(
                f"no executor ever announced the label {label!r}",
                field="label",
                allowed=sorted(self._known.labels),
                hint=(f"did you mean {near}? If not: " if near else "") + NOT_OFFERED,
            )
        return found

    def validator(self, offer: Offer) -> Any:
        """The compiled schema of a label's params."""
        kept = self._validators.get(offer.label)
        if kept is None or kept[0] is not offer:
            kept = (offer, jsonschema_rs.validator_for(offer.params_schema))
            self._validators[offer.label] = kept
        return kept[1]

    def serving(self, known: KnownExecutor) -> bool:
        """It is there, is who announced itself, and takes new tasks."""
        beat, said = self._beat(known), known.announcement
        taking = beat is not None and not beat.draining
        return taking and not self.is_drained(said.machine, said.executor)

    def answering(self, known: KnownExecutor) -> bool:
        """It takes probes: it is there, and not about to end."""
        beat = self._beat(known)
        return beat is not None and (beat.resting or not beat.draining)

    def refused(self) -> dict[str, str]:
        """The executors that are there and whose versions do not work with ours, and why."""
        return {
            known.announcement.executor: why
            for known in self._known.executors
            if self._is_there(known) and (why := why_unfit(known))
        }

    def refused_for(self, queue: str, label: str) -> str:
        """Who would run it, but for its version."""
        refused = self.refused()
        for known in self._known.executors:
            executor = known.announcement.executor
            if executor in refused and queue in known.queues and label in known.labels:
                return f"{executor} is refused: {refused[executor]}"
        return ""

    def _tell_refused(self) -> None:
        """The log, once of each."""
        refused = self.refused()
        for executor in refused.keys() - self._told:
            logger.warning(
                "%s is refused: %s", executor, refused[executor], extra={"action": "refuse"}
            )
        self._told = frozenset(refused)

    def _is_there(self, known: KnownExecutor) -> bool:
        """The process that announced itself."""
        beat = self._alive.get(known.announcement.executor)
        same = beat is not None and beat.boot == known.announcement.boot
        return same and known.departed_at is None

    def _beat(self, known: KnownExecutor) -> Heartbeat | None:
        """Of the process that announced itself, if its version works with ours."""
        if not self._is_there(known) or why_unfit(known):
            return None
        return self._alive.get(known.announcement.executor)

    def candidates(self, label: str, queue: str, requires: frozenset[str]) -> list[Candidate]:
        """Every executor that consumes the queue, and what it lacks for this label."""
        found = []
        for known in self._known.executors:
            announced = known.announcement
            if known.departed_at is not None or queue not in known.queues:
                continue
            found.append(
                Candidate(
                    executor=announced.executor,
                    alive=self.serving(known),
                    offers=label in known.labels,
                    missing=lacking(requires, announced.tags),
                )
            )
        return found

    def able(self, label: str, queue: str, requires: frozenset[str]) -> list[str]:
        """The executors that are alive on the queue and can run the label."""
        return list(self._find_takers(label, queue, requires))

    def offered_now(self, label: str, queue: str, requires: frozenset[str]) -> bool:
        return any(self._find_takers(label, queue, requires))

    def _find_takers(self, label: str, queue: str, requires: frozenset[str]) -> Iterator[str]:
        for known in self._known.executors:
            can = queue in known.queues and label in known.labels
            if can and self.serving(known) and not lacking(requires, known.announcement.tags):
                yield known.announcement.executor

    def mistaken_machine(self, queue: str) -> str:
        """What to say of a task that is pinned to an executor's name, where a machine's belongs."""
        name = machine_of(queue)
        machines = {
            each.announcement.executor: each.announcement.machine
            for each in self._known.executors
            if each.departed_at is None
        }
        if name not in machines or name in machines.values():
            return ""
        return f"{name} is an executor, on machine {machines[name]}: --on {machines[name]}"

    def supplies(self) -> list[Supply]:
        """For every queue that somebody serves: by how many processes, and for which labels."""
        known, takers, kept = self._known, self._takers, self._supplied
        if kept is None or kept[0] is not known or kept[1] is not takers:
            kept = self._supplied = known, takers, self._find_supplies()
        return kept[2]

    def _find_supplies(self) -> list[Supply]:
        processes: dict[str, int] = {}
        labels: dict[str, set[str]] = {}
        for known in self._known.executors:
            if self.answering(known):
                probes = probe_queue(known.announcement.executor)
                processes[probes], labels[probes] = 1, {PROBE}
            if not self.serving(known):
                continue
            able = self._able(known)
            for queue in known.queues:
                processes[queue] = processes.get(queue, 0) + known.announcement.concurrency
                labels.setdefault(queue, set()).update(able)
        return [self._supply(queue, count, labels[queue]) for queue, count in processes.items()]

    def _able(self, known: KnownExecutor) -> frozenset[str]:
        """Found out once: it stays so until it announces itself anew."""
        found = self._runnable.get(known)
        if found is None:
            found = self._runnable[known] = frozenset(self._find_able(known.announcement))
        return found

    def _find_able(self, announced: Announcement) -> Iterator[str]:
        for offer in announced.offers:
            try:
                route = self._settings.routes.match(offer.label)
            except UnknownLabel:
                continue
            if not lacking(offer.needs | route.requires, announced.tags):
                yield offer.label

    def _supply(self, queue: str, processes: int, labels: set[str]) -> Supply:
        rules = self._settings.queues.get(queue)
        window = rules.window if rules and rules.window else WINDOW_PER_PROCESS * processes
        limit = rules.limit if rules else None
        return Supply(queue, processes, frozenset(labels), window, limit)


def why_unfit(known: KnownExecutor) -> str:
    """Nothing when its version works with ours."""
    return why_refused(known.announcement.version, __version__)


_Taker = tuple[str, str, bool, bool]
"""All of a heartbeat that counts for what can be dispatched."""


def _taking(beat: Heartbeat) -> _Taker:
    return beat.executor, beat.boot, beat.draining, beat.resting
