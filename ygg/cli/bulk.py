"""`ygg submit --from`: the file's bytes go to the coordinator as they are."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from ygg.cli.connect import connected
from ygg.cli.output import note, say, say_json
from ygg.cli.read import Reader
from ygg.cli.request import Asked
from ygg.errors import EXIT_USAGE, BadInput

if TYPE_CHECKING:
    from ygg import views

GO_WITH_FROM = frozenset({"source", "partial", "as_json"})
SHOWN_PROBLEMS = 20


def submit_many(asked: Asked) -> None:
    _refuse_other_options(asked)
    content = Reader().read(asked.source or "-", "--from")
    if not content.strip():
        raise BadInput("there is no task in it", field="--from", allowed=["a JSON object a line"])
    if sys.stderr.isatty():
        count = content.count(b"\n") + (not content.endswith(b"\n"))
        note(f"ygg: sending {count:,} lines, {len(content) / 1e6:,.1f} MB …")
    with connected() as client:
        answer = client.submit_bulk(content, partial=asked.partial)
    _print(answer, asked)
    if answer["rejected"]:
        raise click.exceptions.Exit(EXIT_USAGE)


def _print(answer: views.BulkAccepted, asked: Asked) -> None:
    for text in answer["notices"]:
        note(f"ygg: {text}")
    if asked.as_json:
        say_json(answer)
    else:
        if answer["ids"]:
            say("\n".join(answer["ids"]))
        _report(answer["rejected"])
    if answer["rejected"] and not answer["accepted"]:
        note(
            "  hint: nothing was submitted; mend these lines, or take the good ones with --partial"
        )
    elif sys.stderr.isatty():
        note(f"ygg: {answer['accepted']:,} accepted, {len(answer['rejected']):,} refused")


def _report(rejected: list[views.LineProblem]) -> None:
    for problem in rejected[:SHOWN_PROBLEMS]:
        field = f" ({problem['field']})" if problem["field"] else ""
        allowed = f"; allowed: {', '.join(problem['allowed'])}" if problem["allowed"] else ""
        note(f"ygg: line {problem['line']}: {problem['message']}{field}{allowed}")
    more = len(rejected) - SHOWN_PROBLEMS
    if more > 0:
        note(f"ygg: and {more:,} more lines; --json has them all")


def _refuse_other_options(asked: Asked) -> None:
    context = click.get_current_context()
    for field in fields(asked):
        given = context.get_parameter_source(field.name) is not click.core.ParameterSource.DEFAULT
        if given and field.name not in GO_WITH_FROM:
            raise BadInput(
                f"with --from, every line says it all: {field.name.replace('_', ' ')} has no place",
                field="--from",
            )
