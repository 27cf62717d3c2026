"""What a handler costs beyond the trunk: `python -m benchmarks.overhead --help`.

One fleet, three empty handlers asked in turn, one task at a time: in the pool's process, in a
process and workspace of its own, and with a command in the sandbox besides.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.peers.yggdrasil import Yggdrasil
from benchmarks.server import running_server
from benchmarks.subject import Site

AIM_MS = 30.0
HANDLERS = """
from executors.handler import Context, Params, handler

@handler("dev-bundled", bundle=True)
def bundled(params: Params, context: Context) -> None: ...

@handler("dev-apart")
def apart(params: Params, context: Context) -> None: ...

@handler("dev-confined", untrusted=True)
def confined(params: Params, context: Context) -> int:
    return context.run(["true"]).exit_code
"""
KINDS = {
    "bundled": "in the pool's process: the trunk's own latency",
    "apart": "a process and a workspace of its own",
    "confined": "the same, and a command in the sandbox",
}
MEANING = """\
What the numbers mean
  Milliseconds from submit to result at the client, p50 and p95 of {rounds} tasks of each kind,
  one at a time, the kinds in turn, with every sync that a real task has.
  overhead   the p50 less the trunk's. The aim is below {aim:g} for the last."""


def install(folder: Path) -> None:
    """What an installer would leave of a package with these handlers."""
    (folder / "overhead_handlers.py").write_text(HANDLERS)
    info = folder / "overhead_handlers-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: overhead-handlers\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[ygg.handlers]\noverhead = overhead_handlers\n")


class Fleet(Yggdrasil):
    label = "dev-bundled"

    async def milliseconds(self, label: str) -> float:
        began = time.perf_counter()
        made = self._ready().submit({"label": label}, wait_seconds=30)
        took = (time.perf_counter() - began) * 1000
        if made["task"]["state"] != "succeeded":
            raise click.ClickException(f"{label}: {made['task'].get('reason')}")
        return took


async def measure(rounds: int) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory(prefix="ygg-overhead-") as name:
        folder = Path(name)
        async with running_server(folder) as server:
            fleet = Fleet(Site(server.url, folder))
            install(folder / "executor")  # which it is started in, so that it finds them
            try:
                await fleet.start()
                found: dict[str, list[float]] = {kind: [] for kind in KINDS}
                for number in range(rounds + rounds // 10):
                    for kind in KINDS:
                        took = await fleet.milliseconds(f"dev-{kind}")
                        if number >= rounds // 10:
                            found[kind].append(took)
                return found
            finally:
                await fleet.stop()


def text_of(found: dict[str, list[float]], rounds: int) -> str:
    trunk = statistics.median(found["bundled"])
    lines = [f"{'':10}{'p50 ms':>8}{'p95 ms':>8}{'overhead':>10}"]
    for kind, took in found.items():
        middle, late = statistics.median(took), statistics.quantiles(took, n=20)[-1]
        lines.append(f"{kind:10}{middle:8.2f}{late:8.2f}{middle - trunk:10.2f}   {KINDS[kind]}")
    return "\n".join([*lines, "", MEANING.format(rounds=rounds, aim=AIM_MS)])


@click.command()
@click.option("--quick", is_flag=True, help="A fifth of the tasks.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE")
def main(quick: bool, json_path: Path | None) -> None:
    """Exits with 0 when a confined handler costs less than the aim, else with 1."""
    rounds = 60 if quick else 300
    found = asyncio.run(measure(rounds))
    click.echo(text_of(found, rounds))
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=2) + "\n")
    trunk, confined = (statistics.median(found[kind]) for kind in ("bundled", "confined"))
    sys.exit(0 if confined - trunk < AIM_MS else 1)


if __name__ == "__main__":
    main()
