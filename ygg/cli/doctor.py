"""`ygg doctor`: one line a check, and what to do about it."""

from __future__ import annotations

import click

from ygg.cli.check import Check
from ygg.cli.checks import run_checks
from ygg.cli.output import paint, plain, say, say_json
from ygg.cli.width import hang
from ygg.errors import EXIT_UNREACHABLE

INDENT = 19


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check every part and say what to mend. Exits 4 if a check fails; changes nothing."""
    found: list[Check] = []
    for check in run_checks():
        found.append(check)
        if not as_json:
            _print(check)
    if as_json:
        say_json([check._asdict() for check in found])
    if any(check.verdict == "FAIL" for check in found):
        raise click.exceptions.Exit(EXIT_UNREACHABLE)


def _print(check: Check) -> None:
    verdict, *rest = hang(f"{check.verdict:4}  {check.name}", plain(check.detail), INDENT)
    say(paint(verdict[:4]) + verdict[4:])
    if check.next:
        rest += hang("", f"next: {check.next}", INDENT)
    for line in rest:
        say(line)
