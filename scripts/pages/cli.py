"""Every verb with its full help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from scripts.pages.markdown import document
from ygg.cli.root import ygg

WIDTH = 78
"""What click leaves of a terminal of 80."""


def page() -> str:
    parts = [f"## `{path}`\n\n```text\n{told}\n```" for path, told in commands()]
    return document("Commands", "What every verb prints with `--help`.", parts)


def commands() -> Iterator[tuple[str, str]]:
    """Each command as it is typed, and its help."""
    root = click.Context(ygg, info_name="ygg", terminal_width=WIDTH, **ygg.context_settings)
    yield from _below(ygg, root)


def _below(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _below(found, click.Context(found, context, name))
