"""What Prometheus reads: open tasks and the fleet as they are, totals since the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily

from coordinator.catalogue import Catalogue
from coordinator.ledger import Ledger, read
from coordinator.ledger.rows import Change
from coordinator.watch import Watch
from ygg.task import FINAL


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

    def watch(self, ledger: Ledger, catalogue: Catalogue, watch: Watch) -> None:
        self._registry.register(_Fleet(ledger, catalogue, watch))

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

    def __init__(self, ledger: Ledger, catalogue: Catalogue, watch: Watch) -> None:
        self._ledger = ledger
        self._catalogue = catalogue
        self._watch = watch

    def collect(self) -> Iterator[Metric]:
        tasks = GaugeMetricFamily("ygg_tasks_open", "Open tasks", labels=["queue", "state"])
        with self._ledger.read() as connection:
            for (queue, state), (count, _) in read.open_counts(connection).items():
                tasks.add_metric([queue, state], count)
        yield tasks
        alive = GaugeMetricFamily("ygg_executor_alive", "1 if it serves", labels=["executor"])
        for known in self._catalogue.executors:
            alive.add_metric([known.announcement.executor], float(self._catalogue.serving(known)))
        yield alive
        broker = GaugeMetricFamily("ygg_broker_reachable", "1 if the broker answers")
        broker.add_metric([], float(self._watch.sight.reachable))
        yield broker

    def describe(self) -> list[Metric]:
        return []
