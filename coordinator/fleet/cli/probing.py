"""`ygg machines probe` and `audit`: what machines say of themselves over SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coordinator.fleet.cli.given import JSON, inventory, machine_names, named
from ygg.cli.output import note, paint, say, say_json
from ygg.cli.table import print_table
from ygg.errors import EXIT_FAILED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coordinator.fleet.probing import Seen

NAMES = click.argument("names", nargs=-1, metavar="[MACHINE]...", shell_complete=machine_names)


@click.command()
@NAMES
@JSON
def probe(names: tuple[str, ...], as_json: bool) -> None:
    """Ask machines over SSH what they are; all of them, or those named.

    Exits 1 if one cannot be asked.
    """
    found = _seen(names)
    if as_json:
        say_json([as_data(one) for one in found])
    else:
        header = ("MACHINE", "STATE", "SYSTEM", "PODMAN", "CORES", "MEMORY", "FREE", "GPU")
        rows = [_row(one) for one in found]
        print_table(header, rows, whole=("MACHINE",), spare=("GPU", "CORES", "MEMORY"))
        _say_troubles(found)
    if any(one.trouble for one in found):
        raise click.exceptions.Exit(EXIT_FAILED)


@click.command()
@NAMES
@JSON
def audit(names: tuple[str, ...], as_json: bool) -> None:
    """Say what machines lack for their part in the fleet, and what to do about it.

    Exits 1 if one is not fit, or cannot be asked.
    """
    found = _seen(names)
    if as_json:
        say_json([as_data(one) for one in found])
    else:
        for one in found:
            say_findings(one)
    if not all(one.is_fit for one in found):
        raise click.exceptions.Exit(EXIT_FAILED)


def say_findings(seen: Seen) -> None:
    if seen.trouble:
        say(f"{paint('FAIL')}  {seen.machine.name}: {seen.trouble.message}")
        if seen.trouble.hint:
            say(f"      next: {seen.trouble.hint}")
        return
    say(f"{paint('ok' if seen.is_fit else 'FAIL')}    {seen.machine.name}"[: 6 + 80])
    for one in seen.findings:
        word = "FAIL" if one.level == "fail" else one.level
        say(f"  {paint(word)}{' ' * (6 - len(word))}{one.what:<10}{one.says}")
        if one.next:
            say(f"{'':18}next: {one.next}")


def as_data(seen: Seen) -> dict[str, object]:
    return {
        "machine": seen.machine.name,
        "is_fit": seen.is_fit,
        "trouble": seen.trouble.problem() if seen.trouble else None,
        "facts": seen.probed.facts.model_dump(mode="json") if seen.probed else None,
        "clock_off_seconds": seen.probed.clock_off_seconds if seen.probed else None,
        "findings": [vars(one) for one in seen.findings],
    }


def _seen(names: Sequence[str]) -> list[Seen]:
    from coordinator.fleet.probing import see_all

    return list(see_all(named(inventory(), names)))


def _row(seen: Seen) -> tuple[str, ...]:
    if seen.probed is None:
        return (seen.machine.name, "unreachable", "", "", "", "", "", "")
    facts = seen.probed.facts
    return (
        seen.machine.name,
        "ok" if seen.is_fit else "not fit",
        facts.os or facts.kernel,
        facts.podman or "none",
        str(facts.cores),
        _gib(facts.memory_kib),
        _gib(facts.disk_free_kib),
        facts.gpu or "",
    )


def _gib(kib: int) -> str:
    return f"{kib / 1024 / 1024:.1f} GiB"


def _say_troubles(found: Sequence[Seen]) -> None:
    for one in found:
        if one.trouble:
            note(f"ygg: {one.machine.name}: {one.trouble.message}")
            if one.trouble.hint:
                note(f"  hint: {one.trouble.hint}")
        elif not one.is_fit:
            note(f"ygg: {one.machine.name} lacks something; next: ygg machines audit")
