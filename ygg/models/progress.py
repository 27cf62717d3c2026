"""A download as a person watches it: a bar a layer on a terminal, else a line a step."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack

import click

from ygg.cli.output import note, plain
from ygg.models.ollama_server import Step


def follow(steps: Iterable[Step]) -> None:
    said = ""
    with ExitStack() as open_bar:
        bar, of = None, ""
        for step in steps:
            if bar is not None and step.digest == of:
                bar.update(step.completed_bytes - bar.pos)
                continue
            open_bar.close()
            bar, of = None, step.digest
            if step.total_bytes and sys.stderr.isatty():
                bar = open_bar.enter_context(
                    click.progressbar(
                        length=step.total_bytes,
                        label=plain(step.status),
                        file=sys.stderr,
                        update_min_steps=step.total_bytes // 1000 + 1,
                    )
                )
                bar.update(step.completed_bytes)
            elif step.status != said:
                size = f" ({step.total_bytes / 1e6:.0f} MB)" if step.total_bytes else ""
                note(f"ygg: {plain(step.status)}{size}")
            said = step.status
