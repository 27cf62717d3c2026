"""`ygg submit`: one task from options, or many from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from ygg.cli.arguments import Name, TaskId
from ygg.cli.connect import connected
from ygg.cli.inputs import Input, as_request, large, read_inputs, small, store
from ygg.cli.notices import say_notices
from ygg.cli.output import note, say, say_json
from ygg.cli.params import read_given
from ygg.cli.read import Reader
from ygg.cli.request import SHORTHANDS, Asked, build
from ygg.cli.retyped import Answer, Task, send
from ygg.cli.times import Duration, Moment
from ygg.errors import BadInput

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client

RETRY_ON = ("error", "timeout", "lost", "returned")

WHAT = (
    click.option("--label", type=Name("label"), help="What kind of task: dev-run."),
    click.option("--title", default="", help="A few words for lists."),
    click.option(
        "--param",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        help="VALUE is JSON if the label takes that, else text; @FILE reads it.",
    ),
    click.option(
        "--params-file", metavar="FILE", help="All params as one JSON object; - is stdin."
    ),
    click.option("--file", "files", multiple=True, metavar="PATH[=NAME]", help="An input file."),
    click.option("--repo", metavar="URL", help="Param repo: a git repository to work on."),
    click.option("--ref", metavar="REF", help="Param ref: its branch, tag or commit."),
    click.option("--path", metavar="PATH", help="Param path: a place in it."),
)
WHEN = (
    click.option(
        "--priority", type=click.IntRange(0, 4), help="0 is first, 4 is last; 2 if not given."
    ),
    click.option(
        "--after", multiple=True, type=TaskId(), metavar="ID", help="Once this task succeeded."
    ),
    click.option("--at", type=Moment(), help="Not before this time: 2030-01-31T08:00, 08:00."),
    click.option("--in", "delay", type=Duration(), help="Not before so long from now: 10m."),
    click.option("--on", type=Name("machine"), metavar="MACHINE", help="Only on this machine."),
    click.option("--approval", is_flag=True, help="Only after a person's yes: ygg approve."),
    click.option("--key", help="One task with this key runs at a time: repo:infra."),
)
LIMITS = (
    click.option("--soft", type=Duration(), help="Ask it to stop after so long."),
    click.option("--hard", type=Duration(), help="Kill it after so long."),
    click.option("--max-attempts", type=click.IntRange(1, 100), help="How often to try at most."),
    click.option(
        "--retry-on", multiple=True, type=click.Choice(RETRY_ON), help="Which endings to try again."
    ),
    click.option(
        "--idempotency-key", metavar="KEY", help="The same key never makes a second task."
    ),
)
HOW = (
    click.option(
        "--wait",
        is_flag=True,
        help="Follow it to its end; what it wrote, or else its result, is printed.",
    ),
    click.option("--timeout", type=Duration(), help="With --wait: at most so long."),
    click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing."),
    click.option(
        "--from", "source", metavar="FILE", help="Many tasks, a JSON object a line; - is stdin."
    ),
    click.option("--partial", is_flag=True, help="With --from: take the good lines."),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)


def _options(command: Any) -> Any:
    for option in reversed(WHAT + WHEN + LIMITS + HOW):
        command = option(command)
    return command


@click.command()
@_options
def submit(**given: Any) -> None:
    """Submit a task and print its id.

    \b
    ygg submit --label dev-run --param command='["uname","-a"]' --wait
    ygg submit --from tasks.jsonl
    """
    asked = Asked(**given)
    if asked.idempotency_key == "":
        raise BadInput("an empty word is no key", field="--idempotency-key")
    if asked.source is not None:
        from ygg.cli.bulk import submit_many

        submit_many(asked)
    elif not asked.label:
        raise BadInput("a task needs a label", field="--label", hint="`ygg labels` lists them")
    else:
        _submit_one(asked)


def _submit_one(asked: Asked) -> None:
    reader = Reader()
    inputs = read_inputs(asked.files, reader)
    given = read_given(asked.params, reader)
    task = build(asked, given, reader)
    with connected() as client:
        if asked.dry_run:
            from ygg.cli.dry_run import print_dry_run

            print_dry_run(_look(client, task, inputs, given, asked), as_json=asked.as_json)
            return
        # A task that is refused leaves no files behind.
        if large(inputs) and _look(client, task, inputs, given, asked)["would"] != "refuse":
            store(large(inputs), client)
        task["inputs"] = as_request(inputs)
        accepted = _ask(
            lambda task: client.submit(task, idempotency_key=asked.idempotency_key),
            task,
            given,
            asked,
        )
        if accepted["repeated"]:
            note("ygg: this idempotency key is known; this is the task it made then")
        say_notices(accepted["notices"], [accepted["task"]])
        if asked.wait:
            from ygg.cli.follow import follow_to_result

            follow_to_result(client, accepted["task"], asked.timeout, as_json=asked.as_json)
        elif asked.as_json:
            say_json(accepted)
        else:
            say(accepted["task"]["id"])


def _look(
    client: Client,
    task: dict[str, object],
    inputs: list[Input],
    given: Mapping[str, str],
    asked: Asked,
) -> views.DryRun:
    """Without the large files: their content, which is not there yet, changes nothing in it."""
    return _ask(client.dry_run, task | {"inputs": as_request(small(inputs))}, given, asked)


def _ask(
    ask: Callable[[Task], Answer], task: Task, given: Mapping[str, str], asked: Asked
) -> Answer:
    """A refusal names the option that was typed."""
    try:
        return send(ask, task, given)
    except BadInput as error:
        name = (error.field or "").removeprefix("params.")
        if name in SHORTHANDS and getattr(asked, name) is not None:
            error.field = f"--{name}"
        raise
