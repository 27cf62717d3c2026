"""What the coordinator answers over HTTP, as plain typed dictionaries.

Plain, because the command line reads them and must start fast; FastAPI makes the OpenAPI schema
from the same definitions. Times are seconds since 1970.
"""

# Imported from typing_extensions, which pydantic brings: pydantic refuses typing.TypedDict on 3.11.
from __future__ import annotations

from pydantic import JsonValue
from typing_extensions import TypedDict


class ArtifactView(TypedDict):
    path: str
    sha256: str
    size_bytes: int


class AttemptView(TypedDict):
    attempt: int
    state: str
    """dispatched, running, or how it ended: ok, error, timeout, lost, returned, cancelled"""
    executor: str | None
    dispatched_at: float
    started_at: float | None
    ended_at: float | None
    charged: bool
    reason: str
    late: str | None
    """An outcome that came after the attempt was given up: recorded, not counted."""


class ActionView(TypedDict):
    at: float
    actor: str
    action: str
    note: str


class TaskView(TypedDict):
    id: str
    label: str
    title: str
    state: str
    reason: str
    """Why it is in this state, when that is not plain: what it waits for, why it failed."""
    queue: str
    priority: int
    attempt: int
    max_attempts: int
    executor: str | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    submitted_by: str
    retry_of: str | None
    key: str | None


class ListedTask(TaskView):
    after: list[str]
    """Ids of the tasks that it waits for, or did."""
    counted: int
    """How many attempts are charged towards `max_attempts`, with one that is open."""
    warning_count: int
    """`ygg show` and the task itself have their words."""


class TaskDetail(TaskView):
    params: dict[str, JsonValue]
    inputs: list[ArtifactView]
    after: list[str]
    not_before: float | None
    result: JsonValue
    hint: str
    verdict: str | None
    tier: int | None
    """How much review its result needs: what its label says, or more if the result says so."""
    warnings: list[str]
    artifacts: list[ArtifactView]
    attempts: list[AttemptView]
    actions: list[ActionView]
    progress: str


class Accepted(TypedDict):
    task: TaskView
    notices: list[str]
    """What the submitter should know: nobody offers the label now, the broker is away."""
    repeated: bool
    """The idempotency key was known: this is the task it made then."""


class NoticedTask(TaskView):
    """A task that a person has set going."""

    notices: list[str]
    """As in `Accepted`."""


class LineProblem(TypedDict):
    line: int
    message: str
    field: str | None
    allowed: list[str] | None
    hint: str | None


class BulkAccepted(TypedDict):
    accepted: int
    ids: list[str]
    refused: int
    """How many lines are not accepted, for what is wrong with them."""
    rejected: list[LineProblem]
    """The first hundred of them."""
    notices: list[str]


class Candidate(TypedDict):
    executor: str
    alive: bool
    offers: bool
    missing: list[str]
    """Tags that the label or route needs and this executor lacks."""


class DryRun(TypedDict):
    would: str
    """`run`, `queue` (nobody offers it now), `wait` or `refuse`"""
    label: str
    queue: str
    route: str
    executors: list[Candidate]
    why: list[str]


class Foreseen(TypedDict):
    would: str
    """`run`, `queue`, `wait`, or `repeat`: its idempotency key made the task before"""
    label: str
    queue: str
    tasks: int


class BulkDryRun(TypedDict):
    tasks: list[Foreseen]
    """The good lines, those alike counted together."""
    refused: int
    rejected: list[LineProblem]
    """The first hundred."""


class TaskPage(TypedDict):
    tasks: list[ListedTask]
    next: str | None
    """Pass as `cursor` for the following page."""


class LogLine(TypedDict):
    attempt: int
    sequence: int
    at: float
    stream: str
    text: str
    dropped_bytes: int


class TaskChange(TypedDict):
    """One entry of `/v1/events`."""

    id: str
    label: str
    queue: str
    state: str
    attempt: int
    reason: str
    at: float


class Replayed(TypedDict):
    tasks: list[dict[str, str]]
    """`{"of": ID, "id": NEW ID}`, without `id` in a dry run."""
    notices: list[str]


class LabelView(TypedDict):
    label: str
    summary: str
    queue: str
    tier: int | None
    approval: str
    soft_seconds: float
    hard_seconds: float
    max_attempts: int
    retry_on: list[str]
    needs: list[str]
    bundle: bool
    untrusted: bool
    """Its commands run in the sandbox."""
    params_schema: dict[str, JsonValue]
    examples: list[dict[str, JsonValue]]
    """Params to try."""
    commands: list[str]
    """Whole command lines to try, where params alone do not show enough."""
    executors: list[str]
    """Executors that are alive and offer it."""


class QueueView(TypedDict):
    queue: str
    waiting: int
    queued: int
    published: int
    """Of those queued, how many the broker holds now."""
    running: int
    window: int
    limit: int | None
    executors: list[str]


class ExecutorView(TypedDict):
    executor: str
    machine: str
    version: str
    image_digest: str
    state: str
    """`alive`, `draining`, `drained`, `refused`, `silent` or `departed`"""
    refused: str
    """Why it gets no tasks: its version and the coordinator's do not work together."""
    queues: list[str]
    concurrency: int
    running: int
    finished: int
    spooled: int
    """Outcomes on its disk that the ledger has not acknowledged."""
    tags: list[str]
    labels: list[str]
    seen_at: float | None


class DrainView(TypedDict):
    """A machine whose executors take nothing new."""

    machine: str
    executor: str
    """The only one of them that is meant; empty: all."""
    order: str
    """A later order is another one."""
    seconds: float
    """So long what runs may go on; then it is handed back."""
    note: str
    at: float
    by: str
    """Who asked for it: the name of a token."""


class LabelStats(TypedDict):
    label: str
    tasks: int
    open: int
    """Not ended yet."""
    verified: int
    unverified: int
    refuted: int
    failed: int
    """Without a verdict."""
    calls: int
    """Questions that a language model was asked."""
    tokens_in: int
    tokens_out: int
    tokens_cached: int
    """Of those in, how many the model's server knew from a prompt before."""
    model_seconds: float
    check_seconds: float
    seconds: float
    tokens_per_verified: float | None
    """What all tasks took, shared out among those that were verified."""
    seconds_per_verified: float | None
    cache_hits: float | None
    """`tokens_cached` of `tokens_in`: 0 to 1."""


class FamilyStats(TypedDict):
    family: str
    since: float | None
    labels: list[LabelStats]
    total: LabelStats


class PartHealth(TypedDict):
    ok: bool
    detail: str


class Health(TypedDict):
    ok: bool
    version: str
    parts: dict[str, PartHealth]


class TokenView(TypedDict):
    name: str
    role: str
    created_at: float
    revoked_at: float | None
