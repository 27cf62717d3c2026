"""Small shapes that the ledger's statements hand around."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from coordinator.ledger.statements import AnyRow
from ygg.task import Limits, Retry, State
from ygg.views import TaskDetail


@dataclass(frozen=True)
class NewTask:
    """A task that passed every check and is about to be written."""

    id: str
    label: str
    title: str
    queue: str
    machine: str | None
    priority: int
    params: str
    inputs: str | None
    limits: Limits
    retry: Retry
    requires: frozenset[str]
    bundle: bool
    key: str | None
    after: tuple[str, ...]
    not_before: float | None
    approval: bool
    idempotency_key: str | None
    fingerprint: str | None
    submitted_by: str
    retry_of: str | None = None
    tier: int | None = None
    """How much review its result needs; None: it proposes nothing."""

    @property
    def need(self) -> tuple[str, str, frozenset[str]]:
        """What an executor must serve, offer and have."""
        return self.label, self.queue, self.requires


@dataclass(frozen=True)
class Change:
    """A task took on another state: what the event feed tells and who waits is woken by."""

    id: str
    label: str
    queue: str
    state: State
    attempt: int
    reason: str
    at: float


def change_of(row: AnyRow, state: State, reason: str, now: float) -> Change:
    """Of a task's row, whose own state and reason may be the old ones."""
    return Change(row.id, row.label, row.queue, state, row.attempt, reason, now)


@dataclass(frozen=True)
class Dispatched:
    """An attempt that was committed and is now to be published."""

    id: str
    attempt: int
    label: str
    title: str
    queue: str
    params: str
    inputs: str | None
    requires: str
    soft_seconds: float
    hard_seconds: float
    bundle: bool


@dataclass(frozen=True)
class Supply:
    """What the executors that are alive can take from one queue."""

    queue: str
    concurrency: int
    labels: frozenset[str]
    """Labels that at least one of them may be given, tags considered."""
    window: int
    limit: int | None


@dataclass
class Applied:
    """What one batch of events did."""

    changes: list[Change] = field(default_factory=list)
    stirred: set[str] = field(default_factory=set)
    """Queues that gained work by it."""
    freed: set[str] = field(default_factory=set)
    """Queues that gained room by it."""
    refused: int = 0
    """Outcomes for an attempt that was not in force any more."""
    details: dict[str, TaskDetail] = field(default_factory=dict)
    """Of the changed tasks, those that somebody waits for and that are settled now."""

    def add(self, other: Applied) -> None:
        self.changes += other.changes
        self.stirred |= other.stirred
        self.freed |= other.freed
        self.refused += other.refused
        self.details |= other.details


@lru_cache(maxsize=1024)
def retry_from(text: str) -> Retry:
    return Retry.model_validate_json(text)


@lru_cache(maxsize=1024)
def retry_text(retry: Retry) -> str:
    return retry.model_dump_json()


def waiting_reason(pending: int, gate: str, waits_for_time: bool) -> str:
    """What a waiting task says that it waits for."""
    found = []
    if gate == "approval":
        found.append("approval")
    if gate == "held":
        found.append("a person: it is held")
    if pending:
        found.append("1 other task" if pending == 1 else f"{pending} other tasks")
    if waits_for_time:
        found.append("its time")
    return "waits for " + " and ".join(found)
