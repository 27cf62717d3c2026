"""Is what the code agent verifies right, and is it worth its time? `scripts/benchmark code_agent`.

Frozen tasks (code_tasks/, or those of code_tasks_held_out/), each given to the agent in a fleet of
its own and asked of the same model once without it; what came is judged by tests and rules that the
model has not seen.
`python -m benchmarks.code_agent --help`
"""

from __future__ import annotations

import json
import os
import platform
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from benchmarks.code.asking import Asking
from benchmarks.code.confined import Bench
from benchmarks.code.corpora import HELD_OUT, WORKED_ON, Corpus
from benchmarks.code.data import Setting, as_data
from benchmarks.code.figures import figures_by_label
from benchmarks.code.fleet import Fleet
from benchmarks.code.record import WHO, Kept, Record, Subject
from benchmarks.code.report import aims_met, as_text
from benchmarks.code.told import Told, configured, embedded
from benchmarks.code_tasks.corpus import LABELS
from benchmarks.code_tasks.task import Task
from benchmarks.wait import BenchmarkError
from ygg import __version__
from ygg.errors import YggError
from ygg.machine_settings import ModelSettings
from ygg.models.choice import only_one
from ygg.models.connect import connect
from ygg.models.gguf import sha256_of
from ygg.models.port import Model, ModelName

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    labels: tuple[str, ...]
    rounds: int
    seed: int
    tasks: int | None = None
    """Of each label; by default all."""
    corpus: Corpus = WORKED_ON

    def steps(self) -> Iterator[tuple[Task, int]]:
        """Each task with the number of its round, in an order that the seed fixes."""
        for number in range(self.rounds):
            for label in self.labels:
                for task in shuffled(label, self.seed, self.corpus)[: self.tasks]:
                    yield task, number


def shuffled(label: str, seed: int, corpus: Corpus = WORKED_ON) -> list[Task]:
    found = list(corpus.tasks(label))
    random.Random(f"{seed} {label}").shuffle(found)
    return found


def run(plan: Plan, asking: Asking, kept: Kept, tell: Tell) -> list[Record]:
    """The results of the plan; what `kept` has of them already is not done again."""
    steps = list(plan.steps())
    for number, (task, turn) in enumerate(steps, start=1):
        for by in WHO:
            if (task.id, turn, by) not in kept:
                record = asking.record(task, turn, by)
                kept.add(record)
                tell(f"{number} of {len(steps)}: {said_of(record)}")
    return kept.of((task.id, turn, by) for task, turn in steps for by in WHO)


def said_of(record: Record) -> str:
    verdict = f"{record.verdict}, " if record.verdict else ""
    right = "right" if record.right else "not right"
    return f"{record.task}, {record.by}: {verdict}{right}, {record.seconds:.1f} s"


@contextmanager
def started(told: Told) -> Iterator[Asking]:
    with tempfile.TemporaryDirectory(prefix="ygg-code-agent-") as name:
        bench = Bench(told.sandbox, Path(name))
        fleet = Fleet(told, Path(name, "fleet"))
        try:
            fleet.start()
            with closing(connect(fleet.models)) as model:
                yield Asking(fleet, model, bench)
        finally:
            fleet.stop()


def name_of(model: Model, told: ModelSettings) -> ModelName:
    """With the digest of its file where that is known and the server says none."""
    known = {one.name: one for one in model.models()}
    wanted = told.model or only_one(known, "the model's server")
    found = known.get(wanted, ModelName(wanted))
    if not found.digest and told.adapter == "embedded" and told.gguf is not None:
        return ModelName(found.name, sha256_of(told.gguf))
    return found


def measured(told: Told, plan: Plan, resume: Path | None, tell: Tell) -> tuple[str, object, bool]:
    """The report as text and data, and whether the aims are met."""
    if plan.corpus.digests() != plan.corpus.frozen_digests():
        readme = f"benchmarks/{plan.corpus.folder.name}/README.md"
        raise BenchmarkError(f"the tasks are not the frozen ones: {readme}")
    load_at_start = os.getloadavg()[0]
    with started(told) as asking:
        model = name_of(asking.model, told.models)
        subject = Subject(
            corpus=plan.corpus.digest(), model=model.name, digest=model.digest, agent=__version__
        )
        kept = Kept(subject, resume)
        offered = asking.fleet.offered()
        labels = tuple(label for label in plan.labels if label in offered)
        not_offered = tuple(label for label in plan.labels if label not in offered)
        for label in not_offered:
            tell(f"{label}: skipped, not offered here")
        given = replace(plan, labels=labels)
        records = run(given, asking, kept, tell)
    setting = Setting(
        subject=subject,
        rounds=plan.rounds,
        seed=plan.seed,
        cores=os.cpu_count() or 1,
        load_at_start=load_at_start,
        load_at_end=os.getloadavg()[0],
        python=platform.python_version(),
        not_offered=not_offered,
        caveat=plan.corpus.caveat,
    )
    found = figures_by_label(records, labels)
    return as_text(found, setting), as_data(found, setting), aims_met(found[-1])


def chosen(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    wanted = {one.strip() for one in value.split(",")}
    if unknown := sorted(wanted - set(LABELS)):
        raise click.BadParameter(f"no tasks of {unknown[0]!r}; there are {', '.join(LABELS)}")
    return tuple(label for label in LABELS if label in wanted)


File = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option(
    "--labels", callback=chosen, default=",".join(LABELS), metavar="LABEL,…", help="Only these."
)
@click.option("--tasks", type=click.IntRange(min=1), help="The first so many of each label.")
@click.option("--rounds", type=click.IntRange(min=1), default=1, help="Each with other seeds.")
@click.option("--seed", type=int, default=0, help="Fixes the order of the tasks.")
@click.option(
    "--configured", "own", is_flag=True, help="The model of your ygg.toml, with its settings."
)
@click.option("--held-out", is_flag=True, help="Tasks that no rule of the agent was made with.")
@click.option("--resume", type=File, metavar="FILE", help="Keep results here, and go on from it.")
@click.option("--json", "json_path", type=File, metavar="FILE", help="Write all figures here.")
def main(
    labels: tuple[str, ...],
    tasks: int | None,
    rounds: int,
    seed: int,
    own: bool,
    held_out: bool,
    resume: Path | None,
    json_path: Path | None,
) -> None:
    """Exits with 0 when the aims are met, 1 when not or when it could not be measured.

    All of it takes hours with a small model on a processor: see --tasks, --labels and --resume.
    """
    # A plain `kill` must unwind too, or the fleet would outlive the benchmark.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    plan = Plan(labels, rounds, seed, tasks, HELD_OUT if held_out else WORKED_ON)
    try:
        told = configured() if own else embedded()
        text, data, met = measured(told, plan, resume, lambda said: click.echo(said, err=True))
    except (BenchmarkError, YggError) as error:
        again = f"; --resume {resume} goes on" if resume else ""
        raise click.ClickException(f"{error}{again}") from error
    click.echo(text)
    if json_path is not None:
        json_path.write_text(json.dumps(data, indent=2) + "\n")
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
