"""systemd: what `systemctl show` and `journalctl` say, read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

UNSET = str(2**64 - 1)
"""How systemd writes a number that it does not have."""


@dataclass(frozen=True)
class Unit:
    name: str
    description: str
    load: str
    """`loaded`, `not-found`, `masked` …"""
    active: str
    """`active`, `inactive`, `failed`, `activating` …"""
    sub: str
    """The same in finer words, which depend on the kind of unit: `running`, `dead` …"""
    result: str
    """`success`, or why it failed."""
    enabled: str
    main_pid: int | None
    memory_bytes: int | None
    restarts: int
    active_since: int | None
    """Seconds since 1970."""


def read_unit(text: str) -> Unit:
    """From the lines `Name=value` of `systemctl show`."""
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    return Unit(
        name=found.get("Id", ""),
        description=found.get("Description", ""),
        load=found.get("LoadState", ""),
        active=found.get("ActiveState", ""),
        sub=found.get("SubState", ""),
        result=found.get("Result", ""),
        enabled=found.get("UnitFileState", ""),
        main_pid=_number(found.get("MainPID", "")) or None,
        memory_bytes=_number(found.get("MemoryCurrent", "")),
        restarts=_number(found.get("NRestarts", "")) or 0,
        active_since=_number(found.get("ActiveEnterTimestamp", "").removeprefix("@")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text != UNSET else None


def journal_entries(lines: Iterable[str]) -> list[str]:
    """The entries alone: journalctl also says where the journal begins, or that there are none."""
    return [line for line in lines if line and not line.startswith("-- ")]


def has_no_journal(stderr: str) -> bool:
    """journalctl says so and exits with 0, as if there were a journal with nothing in it."""
    return "No journal files were" in stderr


def is_without_systemd(stderr: str) -> bool:
    """systemctl says so first, and then that the machine was down, which it is not."""
    return "has not been booted with systemd" in stderr
