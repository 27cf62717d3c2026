"""`ygg artifact`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ygg.cli.arguments import TaskId
from ygg.cli.connect import connected
from ygg.cli.output import note, on_terminal
from ygg.errors import BadInput


@click.command()
@click.argument("task_id", metavar="ID", type=TaskId())
@click.argument("path")
@click.option("-o", "--output", metavar="FILE", help="Write it there instead of to stdout.")
def artifact(task_id: str, path: str, output: str | None) -> None:
    """Fetch a file that a task kept; `ygg show ID` lists them."""
    with connected() as client:
        content = client.artifact(task_id, path)
    if output and output != "-":
        _write(Path(output), content)
        note(f"ygg: {len(content):,} bytes in {output}")
    elif on_terminal() and b"\0" in content:
        raise BadInput(
            f"{path} is not text", field="-o", hint=f"ygg artifact {task_id} {path} -o FILE"
        )
    else:
        sys.stdout.buffer.write(content)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise BadInput(f"cannot write {str(file)!r}: {error.strerror}", field="-o") from None
