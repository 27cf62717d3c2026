"""`ygg labels`: what can be asked for, as the executors announced it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table
from ygg.errors import BadInput, NotFound

if TYPE_CHECKING:
    from ygg import views


class _Labels(click.Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            hint = f"ygg labels show {args[0]}" if "-" in args[0] else "ygg labels --help"
            raise BadInput(f"there is no `ygg labels {args[0]}`", field="verb", hint=hint)
        return super().resolve_command(ctx, args)


@click.group(cls=_Labels, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def labels(context: click.Context, as_json: bool) -> None:
    """List what tasks can be asked for; `ygg labels show LABEL` tells all about one."""
    if context.invoked_subcommand is not None:
        context.default_map = {context.invoked_subcommand: {"as_json": as_json}}
        return
    with connected() as client:
        known = client.labels()
    say_json(known) if as_json else _print_all(known)


@labels.command()
@click.argument("label", type=Name("label"))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(label: str, as_json: bool) -> None:
    """Show a label: its params, limits, who offers it, and commands to try."""
    with connected() as client:
        found = _find(label, client.labels())
    if as_json:
        say_json(found)
        return
    from ygg.cli.label import print_label

    print_label(found)


def _find(label: str, known: Sequence[views.LabelView]) -> views.LabelView:
    for view in known:
        if view["label"] == label:
            return view
    import difflib

    names = [view["label"] for view in known]
    near = difflib.get_close_matches(label, names, n=1)
    raise NotFound(
        f"no executor ever announced {label!r}",
        field="label",
        allowed=names,
        hint=f"did you mean {near[0]}?" if near else "`ygg executors` shows who is there",
    )


def _print_all(known: Sequence[views.LabelView]) -> None:
    if not known:
        note("ygg: no executor has announced itself yet; `ygg doctor` says why")
        return
    rows = [
        (view["label"], view["queue"], str(len(view["executors"])), view["summary"])
        for view in known
    ]
    header = ("LABEL", "QUEUE", "EXECUTORS", "SUMMARY")
    print_table(header, rows, whole=("LABEL",), spare=("EXECUTORS", "QUEUE"))
