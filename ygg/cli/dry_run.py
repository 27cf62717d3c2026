"""What `ygg submit --dry-run` shows: where the task would go, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.output import paint, say, say_json
from ygg.cli.table import print_table
from ygg.errors import EXIT_USAGE

if TYPE_CHECKING:
    from ygg import views

_MEANING = {
    "run": "an executor would take it",
    "queue": "it would be queued: nobody offers this label now",
    "wait": "it would wait",
    "refuse": "it would be refused",
}


def print_dry_run(answer: views.DryRun, *, as_json: bool) -> None:
    if as_json:
        say_json(answer)
    else:
        _print(answer)
    if answer["would"] == "refuse":
        raise click.exceptions.Exit(EXIT_USAGE)


def _print(answer: views.DryRun) -> None:
    say(f"would   {answer['would']} ({_MEANING.get(answer['would'], '')})")
    say(f"label   {answer['label']}")
    say(f"queue   {answer['queue']} (route {answer['route']})")
    for place, reason in enumerate(answer["why"]):
        say(f"{'' if place else 'why':7} {reason}")
    if answer["executors"]:
        say()
        header = ("EXECUTOR", "STATE", "OFFERS", "MISSING")
        print_table(header, [_row(each) for each in answer["executors"]], whole=("EXECUTOR",))
    else:
        say(f"{'':7} {paint('no executor consumes this queue')}")


def _row(candidate: views.Candidate) -> tuple[str, str, str, str]:
    return (
        candidate["executor"],
        "alive" if candidate["alive"] else "silent",
        "yes" if candidate["offers"] else "no",
        ", ".join(candidate["missing"]),
    )
