"""The fleet in views: catalogue, counts and settings put together."""

from __future__ import annotations

from collections.abc import Sequence

from coordinator.catalogue import why_unfit
from coordinator.ledger import read
from coordinator.ledger.fleet import KnownExecutor
from coordinator.parts import Parts
from ygg.errors import UnknownLabel
from ygg.labels import PROBE, is_probe_queue
from ygg.task import Heartbeat, Offer
from ygg.views import ExecutorView, LabelView, QueueView


def label_views(parts: Parts) -> list[LabelView]:
    """Probes are no label that a person asks for."""
    serving = _serving(parts)
    return [
        _label(parts, offer, serving)
        for label, offer in parts.catalogue.labels.items()
        if label != PROBE
    ]


def queue_views(parts: Parts) -> list[QueueView]:
    supplies = {supply.queue: supply for supply in parts.catalogue.supplies()}
    with parts.ledger.read() as connection:
        counts = read.open_counts(connection)
    served = {name for name in supplies if not is_probe_queue(name)}
    names = {*parts.settings.routes.queues(), *served, *(queue for queue, _ in counts)}
    found, consumers = [], _consumers(parts)
    for name in sorted(names):
        rules = parts.settings.queues.get(name)
        queued, published = counts.get((name, "queued"), (0, 0))
        running, _ = counts.get((name, "running"), (0, 0))
        cancelling, _ = counts.get((name, "cancelling"), (0, 0))
        found.append(
            QueueView(
                queue=name,
                waiting=counts.get((name, "waiting"), (0, 0))[0],
                queued=queued,
                published=published,
                running=running + cancelling,
                window=supplies[name].window if name in supplies else 0,
                limit=rules.limit if rules else None,
                executors=consumers.get(name, []),
            )
        )
    return found


def executor_views(
    parts: Parts, machine: str | None = None, executor: str | None = None
) -> list[ExecutorView]:
    """All of them, or those of a machine, or of a name."""
    return [
        _executor(known, parts.catalogue.heartbeat(known.announcement.executor))
        for known in parts.catalogue.executors
        if machine in (None, known.announcement.machine)
        and executor in (None, known.announcement.executor)
    ]


def _serving(parts: Parts) -> list[KnownExecutor]:
    return [known for known in parts.catalogue.executors if parts.catalogue.serving(known)]


def _label(parts: Parts, offer: Offer, serving: Sequence[KnownExecutor]) -> LabelView:
    try:
        queue = parts.settings.routes.match(offer.label).queue
    except UnknownLabel:
        queue = ""
    executors = [
        known.announcement.executor
        for known in serving
        if offer.label in known.labels and queue in known.announcement.queues
    ]
    return label_view(offer, queue, executors)


def label_view(offer: Offer, queue: str, executors: list[str]) -> LabelView:
    return LabelView(
        label=offer.label,
        summary=offer.summary,
        queue=queue,
        tier=offer.tier,
        approval=offer.approval,
        soft_seconds=offer.limits.soft_seconds,
        hard_seconds=offer.limits.hard_seconds,
        max_attempts=offer.retry.max_attempts,
        retry_on=[ending.value for ending in offer.retry.on],
        needs=sorted(offer.needs),
        bundle=offer.bundle,
        untrusted=offer.untrusted,
        params_schema=offer.params_schema,
        examples=list(offer.examples),
        commands=list(offer.commands),
        executors=executors,
    )


def _consumers(parts: Parts) -> dict[str, list[str]]:
    """By queue."""
    found: dict[str, list[str]] = {}
    for known in _serving(parts):
        for queue in dict.fromkeys(known.announcement.queues):
            found.setdefault(queue, []).append(known.announcement.executor)
    return found


def _taking(beat: Heartbeat) -> str:
    if not beat.draining:
        return "alive"
    return "drained" if beat.resting and not beat.running else "draining"


def _executor(known: KnownExecutor, beat: Heartbeat | None) -> ExecutorView:
    announced, refused = known.announcement, why_unfit(known)
    if known.departed_at is not None:
        state = "departed"
    elif beat is None or beat.boot != announced.boot:
        state = "silent"
    elif refused:
        state = "refused"
    else:
        state = _taking(beat)
    return ExecutorView(
        executor=announced.executor,
        machine=announced.machine,
        version=announced.version,
        image_digest=announced.image_digest,
        state=state,
        refused=refused,
        queues=list(announced.queues),
        concurrency=announced.concurrency,
        running=beat.running if beat else 0,
        finished=beat.finished if beat else 0,
        spooled=beat.spooled if beat else 0,
        tags=sorted(announced.tags),
        labels=[offer.label for offer in announced.offers],
        seen_at=beat.at if beat else known.departed_at,
    )
