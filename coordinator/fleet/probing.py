"""Many machines asked at once; what cannot be asked says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from coordinator.fleet.audit import Finding, audit, is_fit
from coordinator.fleet.facts import Probed, probe
from coordinator.fleet.login import Compare, logged_in
from coordinator.fleet.machine import Machine
from ygg.errors import YggError

AT_ONCE = 16


@dataclass(frozen=True)
class Seen:
    machine: Machine
    probed: Probed | None = None
    findings: tuple[Finding, ...] = ()
    trouble: YggError | None = None
    """Why it could not be asked."""

    @property
    def is_fit(self) -> bool:
        return self.trouble is None and is_fit(list(self.findings))


def see(machine: Machine, compare: Compare | None = None) -> Seen:
    try:
        with logged_in(machine, compare) as connection:
            probed = probe(connection, machine)
    except YggError as error:
        return Seen(machine, trouble=error)
    return Seen(machine, probed, tuple(audit(machine, probed)))


def see_all(machines: Sequence[Machine]) -> Iterator[Seen]:
    """In their own order, as soon as each and those before it have answered."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="probe") as threads:
        yield from threads.map(see, machines)
