"""The wire contract: what travels between coordinator and executors.

Every model is frozen, ignores keys it does not know and only ever gains optional fields, because
the images of one fleet differ in age. What a person sends us is stricter: `TaskSpec` forbids
unknown keys.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter
from pydantic.config import JsonDict

TITLE_LENGTH = 200
PRIORITIES = (0, 1, 2, 3, 4)
DEFAULT_PRIORITY = 2
LONGEST_SECONDS = 30 * 24 * 3600


class State(StrEnum):
    """Where a task is. The last four are final and never reopen."""

    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    REVIEW = "review"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


FINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.REJECTED})


class Ending(StrEnum):
    """How an attempt ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What the checks over a result say together."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REFUTED = "refuted"


DIGEST = "64 hexadecimal digits in lower case"


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def storable(text: object) -> object:
    """Without half characters, which UTF-8 has not, and NUL, which PostgreSQL's text has not."""
    if not isinstance(text, str):
        return text
    return text.encode(errors="backslashreplace").decode().replace("\x00", "␀")


Said = Annotated[str, BeforeValidator(storable)]
"""What a task or its handler said: anything at all, and it must reach the ledger."""


class BlobRef(Wire):
    """Bytes named by what they are; small ones travel inline, others as chunks in Redis."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", json_schema_extra={"x-allowed": DIGEST})
    size_bytes: int = Field(ge=0)
    inline_base64: str | None = None


class NamedBlob(Wire):
    """An input file or an artifact: a relative path and its content."""

    path: str
    blob: BlobRef


class Limits(Wire):
    """After `soft_seconds` the handler is asked to stop, after `hard_seconds` it is killed."""

    soft_seconds: float = Field(default=3600, gt=0, allow_inf_nan=False)
    hard_seconds: float = Field(default=3660, gt=0, allow_inf_nan=False)


class Envelope(Wire):
    """One attempt of one task, as an executor receives it. `(task_id, attempt)` is the fence."""

    task_id: str
    attempt: int = Field(ge=1)
    label: str
    title: str = ""
    params: dict[str, JsonValue] = {}
    inputs: tuple[NamedBlob, ...] = ()
    requires: frozenset[str] = frozenset()
    """Tags that the route asks of the executor; one that lacks them returns the task."""
    limits: Limits = Limits()


class Message(Wire):
    """What one Celery message carries: a single task, or a bundle of small ones.

    `expires_at_ms` is on the broker's clock. An executor refuses an older message, so that a
    duplicate cannot outlive the lease that would have refused it, and one of an earlier `epoch`,
    since the leases of that time are gone.
    """

    expires_at_ms: int
    epoch: str = ""
    envelopes: tuple[Envelope, ...] = Field(min_length=1)


class LogSummary(Wire):
    """How much an attempt wrote, and how much of that was dropped on the way."""

    bytes: int = 0
    dropped_bytes: int = 0


class Outcome(Wire):
    """How one attempt ended, as its executor saw it."""

    ending: Ending
    reason: Said = ""
    hint: Said = ""
    result: JsonValue = None
    warnings: tuple[Said, ...] = ()
    artifacts: tuple[NamedBlob, ...] = ()
    verdict: Verdict | None = None
    tier: Literal[1, 2, 3] | None = None
    """How much review this result needs, where that is more than its label says."""
    cause: str = Field(default="", max_length=40)
    """Why an attempt that is not the task's fault ended: such endings are not charged.

    `broker`, `bundle`, `drain`, `not_offered`, `unavailable`, or one that only a later version
    knows.
    """
    started_at: float | None = None
    ended_at: float | None = None
    log: LogSummary = LogSummary()


class Retry(Wire):
    """Which endings are tried again, how often in all, and how long apart."""

    on: tuple[Ending, ...] = (Ending.LOST,)
    max_attempts: int = Field(default=3, ge=1, le=100)
    backoff_seconds: float = Field(default=2.0, ge=0, allow_inf_nan=False)
    backoff_cap_seconds: float = Field(default=300.0, ge=0, allow_inf_nan=False)


class Offer(Wire):
    """A handler as its executor announces it."""

    label: str
    summary: str = ""
    params_schema: dict[str, JsonValue]
    examples: tuple[dict[str, JsonValue], ...] = ()
    tier: Literal[1, 2, 3] | None = None
    approval: Literal["none", "before"] = "none"
    limits: Limits = Limits()
    retry: Retry = Retry()
    needs: frozenset[str] = frozenset()
    bundle: bool = False
    """In process, at most a second, no side effects to fence by key: may share a message."""
    untrusted: bool = False
    """Its commands run in the sandbox: they are code that nobody vouches for."""
    commands: tuple[str, ...] = ()
    """Whole command lines that show how it is used."""


class Announcement(Wire):
    """Who an executor is and what it offers. Sent at start and after every new broker epoch."""

    executor: str
    boot: str
    machine: str
    version: str
    image_digest: str = ""
    queues: tuple[str, ...]
    concurrency: int = Field(ge=1)
    tags: frozenset[str] = frozenset()
    offers: tuple[Offer, ...]


class Announced(Wire):
    kind: Literal["announced"] = "announced"
    announcement: Announcement


class Departed(Wire):
    kind: Literal["departed"] = "departed"
    executor: str
    boot: str


class Started(Wire):
    kind: Literal["started"] = "started"
    task_id: str
    attempt: int
    executor: str
    at: float


class Finished(Wire):
    """The one event that ends an attempt. `spool` names the file to strike off once applied."""

    kind: Literal["finished"] = "finished"
    task_id: str
    attempt: int
    executor: str
    boot: str
    spool: str
    outcome: Outcome


Event = Annotated[Announced | Departed | Started | Finished, Field(discriminator="kind")]
EVENTS: TypeAdapter[tuple[Announced | Departed | Started | Finished, ...]] = TypeAdapter(
    tuple[Event, ...]
)
"""One stream entry carries a list of events: what a bundle finished travels together."""


class LogChunk(Wire):
    """A piece of what an attempt wrote. `sequence` is unique and rising within the attempt."""

    task_id: str
    attempt: int
    sequence: int
    at: float
    stream: str = Field(max_length=8)
    """`stdout`, `stderr`, `ygg`, `progress`, or one that only a later version knows."""
    text: Said
    dropped_bytes: int = 0


LOG_CHUNKS: TypeAdapter[tuple[LogChunk, ...]] = TypeAdapter(tuple[LogChunk, ...])


class Heartbeat(Wire):
    """What an executor says every few seconds, in a key that expires when it falls silent."""

    executor: str
    boot: str
    at: float
    running: int = 0
    finished: int = 0
    draining: bool = False
    """It takes nothing new."""
    resting: bool = False
    """By order, since its machine is drained: it goes on when that is taken back."""
    spooled: int = 0


class DrainOrder(Wire):
    """That the executors of a machine take nothing new, and until when what runs may go on."""

    order: str
    """Another one may give less time."""
    seconds: float = Field(ge=0, allow_inf_nan=False)
    """From when an executor reads it."""


def _in_words(allowed: str) -> JsonDict:
    """For refusals: better than what a schema says by itself."""
    return {"x-allowed": allowed}


class AskedBlob(BlobRef):
    model_config = ConfigDict(extra="forbid")


class AskedInput(NamedBlob):
    """An input file: its path below the workspace, and its content or the digest of it."""

    model_config = ConfigDict(extra="forbid")

    blob: AskedBlob


TaskName = Annotated[str, Field(min_length=1, max_length=100)]


class TaskSpec(BaseModel):
    """A task as a person asks for it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    label: str = Field(json_schema_extra=_in_words("prefix-verb, in lower case: dev-run"))
    """What kind of task it is."""
    title: str = Field(default="", max_length=TITLE_LENGTH)
    """A few words for lists."""
    params: dict[str, JsonValue] = {}
    """What the label's handler asks for: `GET /v1/labels` has the schema of each."""
    inputs: tuple[AskedInput, ...] = ()
    """Files that are put into its workspace."""
    priority: int = Field(default=DEFAULT_PRIORITY, ge=0, le=4)
    """0 is first, 4 is last."""
    after: tuple[TaskName, ...] = ()
    """Tasks, by id or by the `ref` of another line of the same bulk request, to wait for."""
    ref: str | None = Field(default=None, min_length=1, max_length=100)
    """A name for this line that others of the same bulk request may use in `after`."""
    not_before: float | None = None
    """Seconds since 1970."""
    delay_seconds: float | None = Field(default=None, ge=0)
    """Not before so long from now."""
    on: str | None = Field(default=None, json_schema_extra=_in_words("a host name: huginn"))
    """Only this machine."""
    approval: bool = False
    """Wait for a person's yes, even when the label does not ask for one."""
    key: str | None = Field(default=None, min_length=1, max_length=200)
    """At most one task with this key runs at a time: `repo:infra`."""
    soft_seconds: float | None = Field(default=None, gt=0, le=LONGEST_SECONDS)
    """After so long it is asked to stop."""
    hard_seconds: float | None = Field(default=None, gt=0, le=LONGEST_SECONDS)
    """After so long it is killed."""
    max_attempts: int | None = Field(default=None, ge=1, le=100)
    """How often it is tried at most."""
    retry_on: tuple[Ending, ...] | None = None
    """Which endings of an attempt are tried again."""
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)
    """The same key never makes a second task."""
