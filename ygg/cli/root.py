"""The command that all verbs hang from. It imports a verb only when that verb is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from ygg import __version__
from ygg.cli.verbs import SECTIONS, VERBS
from ygg.errors import BadInput

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _, attribute = VERBS[cmd_name].where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        command.context_settings.setdefault("help_option_names", ["-h", "--help"])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not args[0].startswith("-"):
            raise BadInput(f"there is no `ygg {args[0]}`", field="verb", hint=_suggestion(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, verb.summary) for name, verb in verbs.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem as Item

        found = [
            Item(name, help=verb.summary)
            for name, verb in VERBS.items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


def _suggestion(word: str) -> str:
    import difflib

    near = difflib.get_close_matches(word, VERBS, n=1)
    return f"did you mean `ygg {near[0]}`?" if near else "`ygg --help` lists the verbs"


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a task failed, 2 wrong usage, 3 not found, "
    "4 out of reach, 5 denied.",
)
@click.version_option(
    __version__, "-V", "--version", message="ygg %(version)s", help="Print this command's version."
)
def ygg() -> None:
    """A job queue for a fleet of machines: labelled tasks in, recorded outcomes out."""
