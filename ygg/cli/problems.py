"""Which lines of a file were refused, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ygg.cli.output import note

if TYPE_CHECKING:
    from ygg import views

SHOWN = 20


def say_problems(rejected: list[views.LineProblem], refused: int) -> None:
    """`refused` counts those, too, that are not explained."""
    for problem in rejected[:SHOWN]:
        field = f" ({problem['field']})" if problem["field"] else ""
        allowed = f"; allowed: {', '.join(problem['allowed'])}" if problem["allowed"] else ""
        note(f"ygg: line {problem['line']}: {problem['message']}{field}{allowed}")
        if problem.get("hint"):
            note(f"  hint: {problem['hint']}")
    more = refused - SHOWN
    if more > 0:
        note(f"ygg: and {more:,} more lines; --json explains {len(rejected)} of all {refused:,}")
