"""Which lines of a file were refused, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ygg.cli.output import note

if TYPE_CHECKING:
    from ygg import views

SHOWN = 20


def say_problems(rejected: list[views.LineProblem]) -> None:
    for problem in rejected[:SHOWN]:
        field = f" ({problem['field']})" if problem["field"] else ""
        allowed = f"; allowed: {', '.join(problem['allowed'])}" if problem["allowed"] else ""
        note(f"ygg: line {problem['line']}: {problem['message']}{field}{allowed}")
    more = len(rejected) - SHOWN
    if more > 0:
        note(f"ygg: and {more:,} more lines; --json has them all")
