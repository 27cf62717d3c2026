"""`ygg replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.notices import not_begun, say_notices
from ygg.cli.output import can_ask, confirm, note, say, say_json
from ygg.cli.times import Since
from ygg.errors import EXIT_FAILED, BadInput

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client


@click.command()
@click.option("--failed", is_flag=True, help="Those that failed: says what is meant.")
@click.option("--since", type=Since(), required=True, help="Failed since: 1d, 12h, 2030-01-31.")
@click.option("--label", type=Name("label"), help="Only this label.")
@click.option("--dry-run", is_flag=True, help="Say which; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def replay(
    failed: bool, since: float, label: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Retry every task that failed since a time and was not retried yet.

    \b
    ygg replay --failed --since 1d
    """
    if not failed:
        raise BadInput("say which tasks", field="--failed", hint="ygg replay --failed --since 1d")
    if not (dry_run or yes or can_ask()):
        raise BadInput(
            "there is no terminal to ask on",
            field="--yes",
            hint="--yes, or look with --dry-run",
        )
    with connected() as client:
        if not (dry_run or yes):
            _ask(client, since, label)
        answer = client.replay(since=since, label=label, dry_run=dry_run)
        _print(answer, dry_run, as_json)
        new = [task["id"] for task in answer["tasks"] if "id" in task]
        if new:
            say_notices(answer.get("notices", ()), not_begun(client, new, "waiting"))


def _ask(client: Client, since: float, label: str | None) -> None:
    count = len(client.replay(since=since, label=label, dry_run=True)["tasks"])
    if count and not confirm(f"Retry {count:,} failed tasks?"):
        note("ygg: nothing was retried")
        raise click.exceptions.Exit(EXIT_FAILED)


def _print(answer: views.Replayed, dry_run: bool, as_json: bool) -> None:
    if as_json:
        say_json(answer)
        return
    for task in answer["tasks"]:
        say(task["of"] if dry_run else f"{task['of']} -> {task['id']}")
    what = "would be retried" if dry_run else "retried"
    note(f"ygg: {len(answer['tasks']):,} {what}")
