"""Which machines a playbook can be played on: asked first, since it would fail in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ygg.cli.output import note
from ygg.errors import YggError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coordinator.fleet.machine import Machine
    from coordinator.fleet.probing import Seen


def fit_among(machines: Sequence[Machine]) -> list[Machine]:
    """Of the others is told why they are not, and what to do."""
    from coordinator.fleet.probing import see_all

    fit = []
    for seen in see_all(machines):
        if seen.is_fit:
            fit.append(seen.machine)
        for why, step in _reasons(seen):
            note(f"ygg: {seen.machine.name}: {why}")
            if step:
                note(f"  next: {step}")
    if not fit:
        raise YggError(
            f"nothing was done: {_not_fit(machines)}",
            hint="ygg machines audit says it all; --anyway goes on all the same",
        )
    return fit


def _reasons(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.trouble:
        yield seen.trouble.message, seen.trouble.hint or ""
    for one in seen.findings:
        if one.level == "fail":
            yield f"{one.what}: {one.says}", one.next


def _not_fit(machines: Sequence[Machine]) -> str:
    return f"{machines[0].name} is not fit" if len(machines) == 1 else "none of them is fit"
