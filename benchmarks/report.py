"""Figures out of measurements, and the report that prints them and says what they mean."""

from __future__ import annotations

import statistics
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.measure import Measurement, Plan
from benchmarks.subject import OURS, REFERENCE

WIDTH = 100

MEANING = """\
What the numbers mean
  Every subject ran in turn on the same {server} (append-only file, synced every second,
  emptied between subjects), with one worker of two processes, in {rounds} rounds after a warm-up.
  Every result was read back and compared with what was submitted.
  submit      one call after another until the queue has the task, the worker held still.
              Percentiles over all {submits} calls.
  tasks       submitted in bulk each round: {tasks}, or fewer where a subject would need longer
              than {seconds:g} s to consume them.
  bulk        all of them by the library's fastest public way, the worker held still.
  consume     these, and {singles} submitted singly, from the release of the warm, held worker until
              the last result is in the result store. Rates are medians of the rounds.
  to result   from before the submit call until the caller has the return value: one task at a
              time, the next as soon as the last is back, on an otherwise idle worker.
              Percentiles over all {results}; the p99 of so few is near their worst.
  idle MiB    of the subject's own processes after the warm-up; the shared server is not in it.
  A ratio above 1 is better than {reference}: more tasks a second, less time, less memory.
  Compare figures of one run only. A busy machine (load {load} at the end, {cores} cores) blurs
  them all."""


@dataclass(frozen=True)
class Figures:
    submit_p50_ms: float
    submit_p99_ms: float
    bulk_tasks_per_second: float
    consume_tasks_per_second: float
    result_p50_ms: float
    result_p99_ms: float
    idle_memory_mib: float


@dataclass(frozen=True)
class Column:
    heading: tuple[str, str]
    value: Callable[[Figures], float]
    decimals: int
    more_is_better: bool = False

    def ratio(self, figures: Figures, to: Figures) -> float:
        """How many times better than the other, whichever way better is."""
        mine, other = self.value(figures), self.value(to)
        return mine / other if self.more_is_better else other / mine


BULK = Column(("bulk", "tasks/s"), lambda f: f.bulk_tasks_per_second, 0, more_is_better=True)
CONSUME = Column(
    ("consume", "tasks/s"), lambda f: f.consume_tasks_per_second, 0, more_is_better=True
)
RESULT = Column(("to result", "p50 ms"), lambda f: f.result_p50_ms, 2)
COLUMNS = [
    Column(("submit", "p50 ms"), lambda f: f.submit_p50_ms, 2),
    Column(("submit", "p99 ms"), lambda f: f.submit_p99_ms, 2),
    BULK,
    CONSUME,
    RESULT,
    Column(("to result", "p99 ms"), lambda f: f.result_p99_ms, 2),
    Column(("idle", "MiB"), lambda f: f.idle_memory_mib, 0),
]


@dataclass
class Outcomes:
    measured: list[Measurement] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Could not be measured, and why."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Not here, and what is missing."""


@dataclass(frozen=True)
class Report:
    server: str
    python: str
    cores: int
    load_at_start: float
    load_at_end: float
    plan: Plan
    outcomes: Outcomes


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def figures(measurement: Measurement) -> Figures:
    rounds = measurement.rounds
    submit = [second * 1000 for one in rounds for second in one.submit_seconds]
    result = [second * 1000 for one in rounds for second in one.result_seconds]
    return Figures(
        submit_p50_ms=percentile(submit, 50),
        submit_p99_ms=percentile(submit, 99),
        bulk_tasks_per_second=statistics.median(one.bulk_tasks_per_second for one in rounds),
        consume_tasks_per_second=statistics.median(one.consume_tasks_per_second for one in rounds),
        result_p50_ms=percentile(result, 50),
        result_p99_ms=percentile(result, 99),
        idle_memory_mib=measurement.idle_memory_bytes / 2**20,
    )


def as_text(report: Report) -> str:
    measured = {one.name: figures(one) for one in report.outcomes.measured}
    parts = []
    if measured:
        parts.append(figures_table(report.outcomes.measured, measured))
    if REFERENCE in measured:
        parts.append(ratios_table(measured))
    if OURS in measured:
        parts.append(verdict(measured))
    parts.append(meaning(report))
    parts += [description(one) for one in report.outcomes.measured]
    parts += [f"{name}: FAILED: {why}" for name, why in report.outcomes.failed.items()]
    parts += [f"{name}: skipped: {why}" for name, why in report.outcomes.skipped.items()]
    return "\n\n".join(parts)


def figures_table(measurements: Sequence[Measurement], measured: dict[str, Figures]) -> str:
    rows = [
        [one.name, one.version, f"{one.bulk_tasks:,}"]
        + [f"{column.value(measured[one.name]):,.{column.decimals}f}" for column in COLUMNS]
        for one in measurements
    ]
    return table(["", "version", "tasks"], rows)


def ratios_table(measured: dict[str, Figures]) -> str:
    reference = measured[REFERENCE]
    rows = [
        [name, "", ""] + [f"{column.ratio(one, reference):.2f}x" for column in COLUMNS]
        for name, one in measured.items()
    ]
    return table([f"to {REFERENCE}", "", ""], rows)


def table(first_headings: list[str], rows: list[list[str]]) -> str:
    top = ["", "", "", *(column.heading[0] for column in COLUMNS)]
    second = [*first_headings, *(column.heading[1] for column in COLUMNS)]
    lines = [top, second, *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(top))]
    # Names to the left, figures to the right; the second column fits the widest of both tables.
    widths[:3] = [max(width, least) for width, least in zip(widths, (12, 8, 6), strict=False)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def verdict(measured: dict[str, Figures]) -> str:
    """How ours stands against what it set out to reach."""
    ours = measured[OURS]
    peers = {name: one for name, one in measured.items() if not name.startswith(OURS)}
    lines = []
    for column in (BULK, CONSUME) if peers else ():
        best = max(peers, key=lambda name: column.value(peers[name]))
        ratio = column.ratio(ours, peers[best])
        lines.append(
            f"  {column.heading[0]}: {ratio:.2f} times the best peer, {best} (aim: above 1)"
        )
    if REFERENCE in peers:
        times = ours.result_p50_ms / peers[REFERENCE].result_p50_ms
        lines.append(
            f"  submit to result, p50: {times:.2f} times the time of {REFERENCE} (aim: ≤ 2)"
        )
    return "\n".join([f"{OURS} against its aims", *lines])


def meaning(report: Report) -> str:
    plan = report.plan
    return MEANING.format(
        server=report.server,
        rounds=plan.rounds,
        tasks=f"{plan.tasks:,}",
        seconds=plan.round_seconds,
        singles=plan.singles,
        submits=f"{plan.singles * plan.rounds:,}",
        results=f"{plan.latencies * plan.rounds:,}",
        reference=REFERENCE,
        load=f"{report.load_at_end:.1f}",
        cores=report.cores,
    )


def description(measurement: Measurement) -> str:
    sentences = [
        f"{measurement.name} {measurement.version}: {measurement.settings}.",
        f"  A task whose worker dies is {measurement.delivery}.",
        *(f"  {remark}" for remark in measurement.remarks),
    ]
    return "\n".join(
        textwrap.fill(sentence, width=WIDTH, subsequent_indent="  ") for sentence in sentences
    )


def as_data(report: Report) -> dict[str, object]:
    """Everything, raw samples with it, and the figures made of them."""
    made = {one.name: asdict(figures(one)) for one in report.outcomes.measured}
    return {**asdict(report), "figures": made}
