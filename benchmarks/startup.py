"""How soon does the command line answer, and how heavy is an idle fleet?

Whole processes, each beside `python -c "import click"`, in turn; then `ygg up`, left alone.
`python -m benchmarks.startup --help`
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import psutil

from benchmarks.history import coordinator

AIMS = {"ygg --help": 5.0, "ygg submit": 8.0}

MEANING = """\
What the numbers mean
  Wall time of whole processes, medians of {rounds} runs, in turn with the yardstick.
  import click   python -c "import click": what a command line of this kind costs at the least.
  ratio          to the yardstick of the same turns; the aims are 5 for `ygg --help` and 8 for
                 `ygg submit`, which here submits a real task to a real coordinator.
  idle fleet     memory of everything that `ygg up` starts, a moment after it is ready; pages that
                 several processes share are counted once."""


def commands() -> dict[str, list[str]]:
    ygg = str(Path(sys.executable).with_name("ygg"))
    submit = ["--label", "dev-run", "--param", 'command=["true"]', "--in", "1h"]
    return {
        "ygg --help": [ygg, "--help"],
        "ygg submit --help": [ygg, "submit", "--help"],
        "ygg submit": [ygg, "submit", *submit],
        "ygg list": [ygg, "list"],
    }


def seconds(command: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began


async def run(rounds: int) -> dict[str, tuple[float, float]]:
    """By command: its median and the yardstick's, in milliseconds."""
    yardstick = [sys.executable, "-c", "import click"]
    figures = {}
    with tempfile.TemporaryDirectory(prefix="ygg-startup-") as name:
        async with coordinator(Path(name) / "fleet", 0) as client:
            target = client.target
            environment = {**os.environ, "YGG_URL": target.url, "YGG_TOKEN": target.token or ""}
            for name, command in commands().items():
                samples: tuple[list[float], list[float]] = ([], [])
                for _ in range(rounds + 1):
                    samples[0].append(seconds(command, environment))
                    samples[1].append(seconds(yardstick, environment))
                ours, theirs = (statistics.median(taken[1:]) * 1000 for taken in samples)
                figures[name] = (ours, theirs)
    return figures


def idle_fleet_mib() -> dict[str, float]:
    """By process of an embedded fleet: its share of the memory."""
    ygg = str(Path(sys.executable).with_name("ygg"))
    with tempfile.TemporaryDirectory(prefix="ygg-idle-") as name:
        environment = {**os.environ, "YGG_DATA_DIR": name}
        subprocess.run([ygg, "up", "--detach"], env=environment, check=True, capture_output=True)
        try:
            state = json.loads((Path(name) / "embedded.json").read_text())
            supervisor = psutil.Process(state["pid"])
            found: dict[str, float] = {}
            for process in [supervisor, *supervisor.children(recursive=True)]:
                part = _part_of(process.cmdline())
                found[part] = found.get(part, 0.0) + process.memory_full_info().pss / 2**20
            return found
        finally:
            subprocess.run([ygg, "down"], env=environment, check=True, capture_output=True)


def _part_of(command: list[str]) -> str:
    words = " ".join(command)
    for part in ("valkey", "flower", "executors", "coordinator"):
        if part in words:
            return part
    return "supervisor"


@click.command()
@click.option("--quick", is_flag=True, help="Fewer runs; under a minute.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE")
def main(quick: bool, json_path: Path | None) -> None:
    """Exits with 0 when the aims are met, else with 1."""
    rounds = 9 if quick else 31
    figures = asyncio.run(run(rounds))
    click.echo(f"{'':20}{'ms':>8}{'import click ms':>18}{'ratio':>8}")
    for name, (ours, theirs) in figures.items():
        aim = f"  aim ≤ {AIMS[name]:g}" if name in AIMS else ""
        click.echo(f"{name:20}{ours:8.0f}{theirs:18.0f}{ours / theirs:7.2f}x{aim}")
    memory = idle_fleet_mib()
    parts = ", ".join(f"{part} {mib:.0f}" for part, mib in memory.items())
    click.echo(f"\nidle fleet: {sum(memory.values()):.0f} MiB ({parts})")
    click.echo("\n" + MEANING.format(rounds=rounds))
    if json_path is not None:
        times = {name: {"ms": a, "import_click_ms": b} for name, (a, b) in figures.items()}
        data = {"times": times, "idle_fleet_mib": memory}
        json_path.write_text(json.dumps(data, indent=2) + "\n")
    met = all(figures[name][0] / figures[name][1] <= aim for name, aim in AIMS.items())
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
