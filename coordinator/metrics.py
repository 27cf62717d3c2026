"""What Prometheus reads: open tasks and the fleet as they are, totals since the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily

from coordinator.ledger import read
from coordinator.ledger.rows import Change
from ygg.task import FINAL

if TYPE_CHECKING:
    from coordinator.parts import Parts


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._ended = Counter(
            "ygg_tasks_ended", "Tasks that ended", ["label", "state"], registry=self._registry
        )
        self._refused = Counter(
            "ygg_outcomes_refused",
            "Outcomes that came for an attempt not in force",
            registry=self._registry,
        )

    def watch(self, parts: Parts) -> None:
        self._registry.register(_Fleet(parts))

    def count(self, changes: Iterable[Change], refused: int) -> None:
        for change in changes:
            if change.state in FINAL:
                self._ended.labels(change.label, change.state.value).inc()
        if refused:
            self._refused.inc(refused)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Fleet:
    """Asked at each scrape; costs what is open, not what ever was."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        parts = self._parts
        tasks = GaugeMetricFamily("ygg_tasks_open", "Open tasks", labels=["queue", "state"])
        with parts.ledger.read() as connection:
            for (queue, state), (count, _) in read.open_counts(connection).items():
                tasks.add_metric([queue, state], count)
        yield tasks
        alive = GaugeMetricFamily("ygg_executor_alive", "1 if it serves", labels=["executor"])
        for known in parts.catalogue.executors:
            alive.add_metric([known.announcement.executor], float(parts.catalogue.serving(known)))
        yield alive
        broker = GaugeMetricFamily("ygg_broker_reachable", "1 if the broker answers")
        broker.add_metric([], float(parts.watch.sight.reachable))
        yield broker

    def describe(self) -> list[Metric]:
        return []
