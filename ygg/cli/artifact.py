"""`ygg artifact`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import TaskId
from ygg.cli.connect import connected
from ygg.cli.output import note, on_terminal
from ygg.errors import BadInput, NotFound

if TYPE_CHECKING:
    from ygg.client import Client


@click.command()
@click.argument("task_id", metavar="ID", type=TaskId())
@click.argument("path")
@click.option("-o", "--output", metavar="FILE", help="Write it there instead of to stdout.")
def artifact(task_id: str, path: str, output: str | None) -> None:
    """Fetch a file that a task kept; `ygg show ID` lists them."""
    with connected() as client:
        content = _fetch(client, task_id, path)
    if output and output != "-":
        _write(Path(output), content)
        note(f"ygg: {len(content):,} bytes in {output}")
    elif on_terminal() and b"\0" in content:
        raise BadInput(
            f"{path} is not text", field="-o", hint=f"ygg artifact {task_id} {path} -o FILE"
        )
    else:
        sys.stdout.buffer.write(content)


def _fetch(client: Client, task_id: str, path: str) -> bytes:
    try:
        return client.artifact(task_id, path)
    except NotFound as error:
        if error.allowed == []:
            error.hint = "it kept no files; `ygg labels show LABEL` says how to keep some"
        raise


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"cannot write {str(file)!r}: {error.strerror}", field="-o") from None
