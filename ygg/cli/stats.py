"""`ygg stats`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table
from ygg.cli.times import Since

if TYPE_CHECKING:
    from ygg import views

HEADER = (
    *("LABEL", "TASKS", "VERIFIED", "UNVERIFIED", "REFUTED", "FAILED", "QUESTIONS", "TOKENS"),
    *("SECONDS", "TOKENS/VERIFIED", "SECONDS/VERIFIED", "CACHED"),
)
SPARE = ("SECONDS", "QUESTIONS", "TOKENS", "CACHED", "FAILED", "SECONDS/VERIFIED")


@click.command()
@click.argument("family", type=Name("family"))
@click.option(
    "--since",
    type=Since(),
    default="7d",
    show_default=True,
    help="Only tasks made since: 1d, 12h, 2030-01-31.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(family: str, since: float, as_json: bool) -> None:
    """What the tasks of a FAMILY, such as code, came to: verdicts, and what they cost.

    A result's cost is that of the attempt that made it. TOKENS/VERIFIED shares out what all tasks
    of a label took among those that were verified; CACHED is how much of the prompts the model's
    server knew already.
    """
    with connected() as client:
        found = client.stats(family.removesuffix("-"), since=since)
    if as_json:
        say_json(found)
        return
    seen = [view for view in found["labels"] if view["tasks"]]
    if not seen:
        note(f"ygg: no tasks of the family {found['family']} in that time; --since 30d looks back")
        return
    rows = [_row(view["label"], view) for view in seen]
    if len(seen) > 1:
        rows.append(_row("all", found["total"]))
    print_table(HEADER, rows, whole=("LABEL",), spare=SPARE)


def _row(label: str, view: views.LabelStats) -> tuple[str, ...]:
    hits = view["cache_hits"]
    return (
        label,
        str(view["tasks"]),
        str(view["verified"]),
        str(view["unverified"]),
        str(view["refuted"]),
        str(view["failed"]),
        str(view["calls"]),
        str(view["tokens_in"] + view["tokens_out"]),
        f"{view['seconds']:.0f}",
        _share(view["tokens_per_verified"], digits=0),
        _share(view["seconds_per_verified"], digits=1),
        "" if hits is None else f"{hits:.0%}",
    )


def _share(value: float | None, *, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
