"""`ygg submit --from`: the file's bytes go to the coordinator as they are."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from ygg.cli.connect import connected
from ygg.cli.notices import not_begun, say_notices
from ygg.cli.output import note, say, say_json
from ygg.cli.problems import say_problems
from ygg.cli.read import Reader
from ygg.cli.request import Asked
from ygg.errors import EXIT_USAGE, BadInput

if TYPE_CHECKING:
    from ygg import views

GO_WITH_FROM = frozenset({"source", "partial", "dry_run", "as_json"})
BOM = b"\xef\xbb\xbf"
"""What some editors write at the beginning of a file in UTF-8."""


def submit_many(asked: Asked) -> None:
    _refuse_other_options(asked)
    content = Reader().read(asked.source or "-", "--from").removeprefix(BOM)
    if not content.strip():
        raise BadInput("there is no task in it", field="--from", allowed=["a JSON object a line"])
    if asked.dry_run:
        from ygg.cli.bulk_dry_run import print_verdicts

        with connected() as client:
            print_verdicts(client, content, as_json=asked.as_json)
        return
    if sys.stderr.isatty():
        count = content.count(b"\n") + (not content.endswith(b"\n"))
        note(f"ygg: sending {count:,} lines, {len(content) / 1e6:,.1f} MB …")
    with connected() as client:
        answer = client.submit_bulk(content, partial=asked.partial)
        waiting = not_begun(client, answer["ids"], "waiting") if answer["ids"] else []
    say_notices(answer["notices"], waiting)
    _print(answer, asked)
    if answer["rejected"]:
        raise click.exceptions.Exit(EXIT_USAGE)


def _print(answer: views.BulkAccepted, asked: Asked) -> None:
    if asked.as_json:
        say_json(answer)
    else:
        if answer["ids"]:
            say("\n".join(answer["ids"]))
        say_problems(answer["rejected"], _refused(answer))
    if answer["rejected"] and not answer["accepted"]:
        note(
            "  hint: nothing was submitted; mend these lines, or take the good ones with --partial"
        )
    elif sys.stderr.isatty():
        note(f"ygg: {answer['accepted']:,} accepted, {_refused(answer):,} refused")


def _refused(answer: views.BulkAccepted) -> int:
    """A coordinator of an older version does not count them."""
    return answer.get("refused", len(answer["rejected"]))


def _refuse_other_options(asked: Asked) -> None:
    context = click.get_current_context()
    for field in fields(asked):
        given = context.get_parameter_source(field.name) is not click.core.ParameterSource.DEFAULT
        if given and field.name not in GO_WITH_FROM:
            raise BadInput(
                f"with --from, every line says it all: {field.name.replace('_', ' ')} has no place",
                field="--from",
            )
