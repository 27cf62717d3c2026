"""The tables. Every index that dispatching and recovering use is partial: it holds open tasks
only, so that their cost does not grow with history."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
    text,
)

metadata = MetaData()

_Serial = BigInteger().with_variant(Integer, "sqlite")

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("label", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("queue", String(80), nullable=False),
    Column("machine", String(63)),
    Column("priority", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    # JSON as text: it goes to the executor as it came, and is never searched.
    Column("params", Text, nullable=False),
    Column("inputs", Text),
    Column("soft_seconds", Float, nullable=False),
    Column("hard_seconds", Float, nullable=False),
    Column("retry", Text, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("requires", Text, nullable=False, server_default=""),
    Column("bundle", Boolean, nullable=False),
    # The attempt in force, and whether it is open: dispatched and not ended.
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("live", Boolean, nullable=False, server_default=false()),
    Column("charged", Integer, nullable=False, server_default="0"),
    Column("uncharged", Integer, nullable=False, server_default="0"),
    Column("not_offered", Integer, nullable=False, server_default="0"),
    # Why a queued task is kept from the dispatcher's sight: `key` or `offer`.
    Column("parked", String(8)),
    Column("key", String(200)),
    # What a waiting task waits for: dependencies, a time, a person (`approval` or `held`).
    Column("pending", Integer, nullable=False, server_default="0"),
    Column("not_before", Float),
    Column("approval", Boolean, nullable=False),
    # How much review its result needs, as its label said when it was accepted.
    Column("tier", Integer),
    Column("gate", String(8), nullable=False, server_default=""),
    Column("cancel_requested_at", Float),
    Column("idempotency_key", String(200)),
    Column("fingerprint", String(64)),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("submitted_by", String(100), nullable=False),
    Column("retry_of", String(12)),
    Column("executor", String(100)),
    Column("outcome", Text),
    sqlite_with_rowid=False,
)

_open = text("state IN ('waiting', 'queued', 'running', 'cancelling', 'review')")
_backlog = text("state = 'queued' AND NOT live AND parked IS NULL")
_live = text("live")
_timed = text("state = 'waiting' AND not_before IS NOT NULL")
_parked = text("parked IS NOT NULL")
_named = text("idempotency_key IS NOT NULL")
_retried = text("retry_of IS NOT NULL")
_failed = text("state = 'failed'")
# Most tasks end well, and a list of those finds them anywhere: only the others need an index.
_unwell = text("state IN ('failed', 'cancelled', 'rejected')")


def _partial(name: str, where: object, *columns: Column[object], unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


_t = tasks.c
_partial("tasks_backlog", _backlog, _t.queue, _t.priority, _t.id)
_partial("tasks_live", _live, _t.queue, _t.state, _t.bundle)
_partial("tasks_open", _open, _t.queue, _t.state)
_partial("tasks_timed", _timed, _t.not_before)
_partial("tasks_parked", _parked, _t.parked, _t.key, _t.queue, _t.priority, _t.id)
_partial("tasks_idempotency", _named, _t.idempotency_key, unique=True)
_partial("tasks_retry_of", _retried, _t.retry_of)
_partial("tasks_failed", _failed, _t.finished_at)
_partial("tasks_unwell", _unwell, _t.state, _t.id)
Index("tasks_label", _t.label, _t.id)

attempts = Table(
    "attempts",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    # `dispatched`, `running`, or how it ended.
    Column("state", String(12), nullable=False),
    Column("executor", String(100)),
    Column("dispatched_at", Float, nullable=False),
    Column("epoch", String(80), nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("charged", Boolean, nullable=False, server_default=false()),
    Column("reason", Text, nullable=False, server_default=""),
    # An outcome that came after the attempt was given up: recorded, not counted.
    Column("late", Text),
    sqlite_with_rowid=False,
)

dependencies = Table(
    "dependencies",
    metadata,
    Column("task_id", ForeignKey("tasks.id"), primary_key=True),
    Column("depends_on", ForeignKey("tasks.id"), primary_key=True),
    Index("dependencies_on", "depends_on"),
    sqlite_with_rowid=False,
)

# One row a concurrency key in use: granted by the dispatch, released by the end of the attempt.
permits = Table(
    "permits",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, unique=True),
    sqlite_with_rowid=False,
)

logs = Table(
    "logs",
    metadata,
    Column("task_id", String(12), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("stream", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("dropped_bytes", Integer, nullable=False),
    sqlite_with_rowid=False,
)

actions = Table(
    "actions",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("at", Float, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(20), nullable=False),
    Column("note", Text, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("label", String(64), primary_key=True),
    Column("offer", Text, nullable=False),
    Column("announced_at", Float, nullable=False),
    Column("announced_by", String(100), nullable=False),
)

executors = Table(
    "executors",
    metadata,
    Column("executor", String(100), primary_key=True),
    Column("boot", String(64), nullable=False),
    Column("announcement", Text, nullable=False),
    Column("announced_at", Float, nullable=False),
    Column("departed_at", Float),
    # All but what they announced, which is long: who is new is found without reading that.
    Index("executors_known", "executor", "boot", "announced_at", "departed_at"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("role", String(10), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)

# One release of one image, put on machines: what was asked for, and who drives it.
rollouts = Table(
    "rollouts",
    metadata,
    Column("id", String(12), primary_key=True),
    Column("image", String(40), nullable=False),
    Column("version", String(128), nullable=False),
    Column("reference", Text, nullable=False),
    Column("state", String(12), nullable=False),
    # What somebody asked of whoever drives it: `pause`, `abort`.
    Column("wanted", String(8), nullable=False, server_default=""),
    Column("canary", Integer, nullable=False),
    Column("max_unavailable", Integer, nullable=False),
    Column("drain_seconds", Float, nullable=False),
    Column("back_of", ForeignKey("rollouts.id")),
    Column("created_by", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("reason", Text, nullable=False, server_default=""),
    Column("driver", String(200), nullable=False, server_default=""),
    # Of the token of the last driver: it alone may write down steps.
    Column("driver_digest", String(64), nullable=False, server_default=""),
    Column("driver_until", Float),
)

_unended = text("state IN ('running', 'paused')")
_partial("rollouts_open", _unended, rollouts.c.image, unique=True)

rollout_machines = Table(
    "rollout_machines",
    metadata,
    Column("rollout", ForeignKey("rollouts.id"), primary_key=True),
    Column("machine", String(63), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("executor", String(100), nullable=False),
    Column("previous", Text, nullable=False, server_default=""),
    Column("state", String(12), nullable=False),
    Column("says", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

rollout_steps = Table(
    "rollout_steps",
    metadata,
    Column("rollout", ForeignKey("rollouts.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("machine", String(63), nullable=False, server_default=""),
    Column("step", String(40), nullable=False),
    Column("state", String(8), nullable=False),
    Column("says", Text, nullable=False, server_default=""),
    Column("actor", String(200), nullable=False),
    Index("rollout_steps_machine", "rollout", "machine", "seq"),
    sqlite_with_rowid=False,
)

# Stream entries that could not be read: kept for a person, in nobody's way.
unreadable = Table(
    "unreadable",
    metadata,
    Column("id", _Serial, primary_key=True),
    Column("at", Float, nullable=False),
    Column("stream", String(40), nullable=False),
    Column("entry", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Column("error", Text, nullable=False),
)

# Single facts: the broker's epoch, this ledger's own name.
facts = Table(
    "facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# The machines that are drained now, all of one (executor '') or a single executor on it.
drains = Table(
    "drains",
    metadata,
    Column("machine", String(63), primary_key=True),
    Column("executor", String(100), primary_key=True),
    # The order's own: a later one may give less time.
    Column("name", String(12), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("actor", String(100), nullable=False),
)
