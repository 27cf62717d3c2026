"""What keeps an accepted task from beginning at once."""

from __future__ import annotations

from collections.abc import Iterable

from coordinator.catalogue import Catalogue
from coordinator.watch import Watch
from ygg.labels import machine_of

Need = tuple[str, str, frozenset[str]]
"""A task's label, queue and required tags."""


def notices(catalogue: Catalogue, watch: Watch, needs: Iterable[Need]) -> list[str]:
    wanted = set(needs)
    if not wanted:
        return []
    if not watch.sight.reachable:
        return ["the broker is away: accepted, and dispatched when it is back"]
    return [
        f"no executor that is alive offers {label} on queue {queue} now: it waits"
        + _aside(
            catalogue.mistaken_machine(queue)
            or _drained(catalogue, queue)
            or catalogue.refused_for(queue, label)
        )
        for label, queue, requires in sorted(wanted, key=lambda found: found[:2])
        if not catalogue.offered_now(label, queue, requires)
    ]


def _drained(catalogue: Catalogue, queue: str) -> str:
    """Of a task that is pinned to a machine."""
    machine = machine_of(queue)
    drained = machine is not None and catalogue.is_drained(machine)
    return f"ygg machines undrain {machine}" if drained else ""


def _aside(text: str) -> str:
    return f" ({text})" if text else ""
