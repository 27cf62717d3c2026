"""The names of everything of ours in Redis, each built here and nowhere else."""

from __future__ import annotations

PREFIX = "ygg:"

EPOCH = PREFIX + "epoch"
COORDINATOR = PREFIX + "coordinator"
"""Which ledger's coordinator is at work here, and where that is. Written at each of its looks."""
COORDINATOR_VERSION = PREFIX + "coordinator-version"
"""Of the last one that was at work here."""
OUTCOMES = PREFIX + "outcomes"
"""Stream of events: announcements, starts, outcomes. Trimmed only below what was applied."""
LOGS = PREFIX + "logs"
"""Stream of log chunks. Bounded; what does not fit is dropped and counted."""
GROUP = "ledger"
"""The consumer group of both streams."""


DRAINS = PREFIX + "drains"
"""Hash of what is drained, by `drained`, each with its `DrainOrder`."""


def drained(machine: str, executor: str = "") -> str:
    """A whole machine, or one executor on it: a field of `DRAINS`."""
    return f"{machine}/{executor}"


def lease(task_id: str) -> str:
    return f"{PREFIX}lease:{task_id}"


def cancel(task_id: str) -> str:
    """Set by the coordinator to the highest attempt that must not go on."""
    return f"{PREFIX}cancel:{task_id}"


def alive(executor: str) -> str:
    """Holds an executor's last `Heartbeat`; expires when it falls silent."""
    return f"{PREFIX}alive:{executor}"


def acknowledged(executor: str) -> str:
    """List of `spool task attempt` lines: outcomes that the ledger has applied."""
    return f"{PREFIX}acknowledged:{executor}"


def blob(sha256: str) -> str:
    """Hash of a blob's chunks, `0`, `1`, …, with `size`."""
    return f"{PREFIX}blob:{sha256}"


def blob_attempts(sha256: str) -> str:
    """Set of the attempts, `task.attempt`, that need the blob."""
    return f"{PREFIX}blob-attempts:{sha256}"


BLOB_BYTES = PREFIX + "blob-bytes"
"""Sorted set of the blobs in Redis by expiry, members `sha256 size`: the total cap."""
