"""What `ygg submit --from FILE --dry-run` shows: what would become of the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.output import note, say_json
from ygg.cli.problems import say_problems
from ygg.cli.table import print_table
from ygg.errors import EXIT_USAGE

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client


def print_verdicts(client: Client, content: bytes, *, as_json: bool) -> None:
    found = client.dry_run_bulk(content)
    if as_json:
        say_json(found)
    else:
        _print(found)
    if found["refused"]:
        raise click.exceptions.Exit(EXIT_USAGE)


def _print(found: views.BulkDryRun) -> None:
    rows = [
        (each["would"], str(each["tasks"]), each["label"], each["queue"]) for each in found["tasks"]
    ]
    if rows:
        print_table(("WOULD", "TASKS", "LABEL", "QUEUE"), rows)
    say_problems(found["rejected"], found["refused"])
    good = sum(each["tasks"] for each in found["tasks"])
    refused = found["refused"]
    lines = "line" if good == 1 else "lines"
    note(f"ygg: {good:,} {lines} would be accepted, {refused:,} refused; nothing was written")
    if good and refused:
        note("  hint: without --partial a single bad line keeps all of them out")
