"""`ygg executor health`: what the executor on this machine last said of itself."""

from __future__ import annotations

import time
from dataclasses import asdict

import click

from ygg.cli.facts import say_facts
from ygg.cli.output import note, say_json
from ygg.errors import EXIT_FAILED, Unreachable
from ygg.settings import load
from ygg.vitals import read


def say_health(name: str | None, *, as_json: bool) -> None:
    settings = load(**({"executor": {"name": name}} if name else {}))
    found = read(settings.vitals_file)
    if found is None:
        raise Unreachable(
            f"no executor {settings.executor.name} has run here",
            hint=f"its data folder would be {settings.data_dir}; `ygg executor` starts one",
        )
    trouble = found.trouble(time.clock_gettime(time.CLOCK_BOOTTIME))
    if as_json:
        say_json(asdict(found) | {"ok": not trouble, "trouble": trouble})
    else:
        say_facts([("executor", settings.executor.name), ("version", found.version)])
        say_facts((part, told["detail"]) for part, told in found.parts.items())
    if trouble:
        note(f"ygg: not well: {trouble}")
        raise click.exceptions.Exit(EXIT_FAILED)
