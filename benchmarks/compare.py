"""Runs the subjects in turn on one server, and reports."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.measure import Plan, measure
from benchmarks.report import Outcomes, Report, as_data, as_text
from benchmarks.server import running_server
from benchmarks.subject import SUBJECTS, Site, load

FULL = Plan(tasks=5000, round_seconds=15, singles=300, latencies=100, rounds=3)
QUICK = Plan(tasks=1000, round_seconds=0.6, singles=40, latencies=40, rounds=2)


@click.command()
@click.option("--quick", is_flag=True, help="Short rounds; under a minute in all.")
@click.option(
    "--tasks", type=click.IntRange(min=1), help="The most tasks submitted in bulk each round."
)
@click.option(
    "--only",
    "names",
    type=click.Choice(list(SUBJECTS)),
    multiple=True,
    help="Measure this subject alone; may be repeated.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the figures, and the samples they are made of, to this file as well.",
)
def main(quick: bool, tasks: int | None, names: tuple[str, ...], json_path: Path | None) -> None:
    """Measure Yggdrasil's queue and its peers', in turn, on one server.

    Exits with 0 when all were measured, 1 when one failed, 2 for wrong usage.
    """
    plan = QUICK if quick else FULL
    if tasks is not None:
        plan = replace(plan, tasks=tasks)
    # A plain `kill` must unwind too, or the server and workers would outlive the benchmark.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    report = asyncio.run(run(plan, names))
    click.echo(as_text(report))
    if json_path is not None:
        json_path.write_text(json.dumps(as_data(report), indent=2) + "\n")
    sys.exit(1 if report.outcomes.failed else 0)


async def run(plan: Plan, names: tuple[str, ...]) -> Report:
    load_at_start = os.getloadavg()[0]
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory(prefix="ygg-benchmark-") as scratch:
        async with running_server(Path(scratch)) as server:
            for name in dict.fromkeys(names) or SUBJECTS:
                site = Site(server.url, Path(scratch) / name)
                site.directory.mkdir()
                server.flush()
                await run_one(name, site, plan, outcomes)
            server_version = server.version()
    if names:
        # What was asked for by name and is not here is a failure.
        outcomes.failed |= outcomes.skipped
        outcomes.skipped = {}
    return Report(
        server=server_version,
        python=platform.python_version(),
        cores=os.cpu_count() or 1,
        load_at_start=load_at_start,
        load_at_end=os.getloadavg()[0],
        plan=plan,
        outcomes=outcomes,
    )


async def run_one(name: str, site: Site, plan: Plan, outcomes: Outcomes) -> None:
    def tell(what: str) -> None:
        click.echo(f"{name}: {what}", err=True)

    try:
        subject = load(name)(site)
    except ModuleNotFoundError as error:
        outcomes.skipped[name] = str(error)
        return
    try:
        outcomes.measured.append(await measure(subject, plan, tell))
    except Exception as error:  # noqa: BLE001 - one subject's failure must not cost the others
        outcomes.failed[name] = f"{type(error).__name__}: {error}"
