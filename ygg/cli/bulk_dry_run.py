"""What `ygg submit --from FILE --dry-run` shows: each line judged by itself, nothing written.

What only all lines together can do wrong is not seen here: a circle of `after`, a key used twice.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import click

from ygg.cli.output import note, say_json
from ygg.cli.params import parse_json
from ygg.cli.problems import say_problems
from ygg.cli.table import print_table
from ygg.errors import EXIT_USAGE, BadInput, NotFound

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client

Task = dict[str, object]


class Fate(NamedTuple):
    would: str
    label: str
    queue: str


class Foreseen(TypedDict):
    would: str
    label: str
    queue: str
    tasks: int


class Verdicts(TypedDict):
    tasks: list[Foreseen]
    rejected: list[views.LineProblem]


def print_verdicts(client: Client, content: bytes, *, as_json: bool) -> None:
    found = judge(client, content)
    if as_json:
        say_json(found)
    else:
        _print(found)
    if found["rejected"]:
        raise click.exceptions.Exit(EXIT_USAGE)


def judge(client: Client, content: bytes) -> Verdicts:
    lines = [(number, text) for number, text in enumerate(content.split(b"\n"), 1) if text.strip()]
    refs = {ref for _, text in lines if (ref := _ref(text))}
    fates: Counter[Fate] = Counter()
    rejected: list[views.LineProblem] = []
    hidden = not sys.stderr.isatty()
    with click.progressbar(lines, label="looking", file=sys.stderr, hidden=hidden) as bar:
        for number, text in bar:
            try:
                fates[_ask(client, _read(text), refs)] += 1
            except (BadInput, NotFound) as error:
                rejected.append(_problem(number, error))
    tasks = [
        Foreseen(would=fate.would, label=fate.label, queue=fate.queue, tasks=count)
        for fate, count in sorted(fates.items())
    ]
    return Verdicts(tasks=tasks, rejected=rejected)


def _ask(client: Client, task: Task, refs: Collection[str]) -> Fate:
    """As if the lines that it names were tasks already."""
    after = task.get("after")
    if isinstance(after, list):
        task = task | {"after": [name for name in after if name not in refs]}
    told = client.dry_run(task)
    if told["would"] == "refuse":
        raise BadInput("; ".join(told["why"][1:]), field="label")
    waits = told["would"] == "run" and isinstance(after, list) and bool(after)
    return Fate("wait" if waits else told["would"], told["label"], told["queue"])


def _read(text: bytes) -> Task:
    try:
        found = parse_json(text.decode())
    except RecursionError:
        raise BadInput("the line is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"the line is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise BadInput("the line is no JSON object", allowed=['{"label": "dev-run", …}'])
    return found


def _ref(text: bytes) -> str | None:
    try:
        found = _read(text).get("ref")
    except BadInput:
        return None
    return found if isinstance(found, str) else None


def _problem(number: int, error: BadInput | NotFound) -> views.LineProblem:
    return {
        "line": number,
        "message": error.message,
        "field": error.field,
        "allowed": error.allowed,
    }


def _print(found: Verdicts) -> None:
    rows = [
        (each["would"], str(each["tasks"]), each["label"], each["queue"]) for each in found["tasks"]
    ]
    if rows:
        print_table(("WOULD", "TASKS", "LABEL", "QUEUE"), rows)
    say_problems(found["rejected"])
    good = sum(each["tasks"] for each in found["tasks"])
    refused = len(found["rejected"])
    note(f"ygg: {good:,} lines would be accepted, {refused:,} refused; nothing was written")
    if good and refused:
        note("  hint: without --partial a single bad line keeps all of them out")
