"""`ygg logs`."""

from __future__ import annotations

import click

from ygg.cli.arguments import TaskId
from ygg.cli.connect import connected
from ygg.cli.follow import follow
from ygg.cli.log_printer import LogPrinter, Where
from ygg.cli.notices import say_warnings


@click.command()
@click.argument("task_id", metavar="ID", type=TaskId())
@click.option("-f", "--follow", "following", is_flag=True, help="Go on until the task is done.")
@click.option("--attempt", type=click.IntRange(min=1), help="Only this attempt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, an object a piece.")
def logs(task_id: str, following: bool, attempt: int | None, as_json: bool) -> None:
    """Print what a task wrote, all attempts in order."""
    printer = LogPrinter(Where.STDOUT, as_json=as_json)
    ended = None
    with connected() as client:
        if following and attempt is None:
            ended = follow(client, task_id, printer, None)
        else:
            for line in client.logs(task_id, follow=following, attempt=attempt):
                printer.write(line)
    printer.end_talk()
    if ended:
        say_warnings(ended)
