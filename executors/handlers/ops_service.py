"""`ops-service`, `ops-logs`: a machine's systemd and its journal."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from executors.days import DAY, TIME
from executors.exits import said
from executors.handler import Context, Failed, Ran, handler
from executors.machines.hosts import Host, OneMachine, OpsSettings, command, open_host
from ygg.adapters.gate import NOT_FOUND
from ygg.adapters.systemd import (
    Unit,
    has_no_journal,
    is_without_systemd,
    journal_entries,
    read_unit,
)
from ygg.task import Limits

JOURNAL_BYTES = 1024 * 1024
SHOWN_BYTES = 64 * 1024

UnitName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:@\\-]*$",
        max_length=200,
        examples=["nginx"],
        json_schema_extra={"x-allowed": "a unit's name, such as nginx or backup.timer"},
    ),
]


Since = Annotated[
    str,
    Field(
        pattern=(
            r"^([1-9][0-9]{0,5}(s|min|h|d)"
            rf"|{DAY}T{TIME}Z)$"
        ),
        max_length=20,
        examples=["2h"],
        json_schema_extra={
            "x-allowed": "a time ago such as 90s, 15min, 2h, 3d; or 2026-01-31T08:00:00Z"
        },
    ),
]
Expression = Annotated[
    str,
    Field(
        pattern=r"^[^\x00-\x1f\x7f]+$",
        max_length=200,
        examples=["timed? out"],
        json_schema_extra={"x-allowed": "a regular expression of one line"},
    ),
]


class Service(OneMachine):
    unit: UnitName
    """A service, or with its ending any other unit."""
    action: Literal["status", "start", "stop", "restart"] = "status"
    """`status` only looks."""


@handler(
    "ops-service",
    limits=Limits(soft_seconds=600, hard_seconds=630),
    examples=[{"unit": "ssh"}, {"unit": "nginx", "action": "restart", "machine": "huginn"}],
)
def service(params: Service, context: Context, settings: OpsSettings) -> JsonValue:
    """Tell how a systemd unit is; or start, stop or restart one of the machine's `services`."""
    unit = full_name(params.unit)
    changes = params.action != "status"
    if changes and unit not in map(full_name, settings.services):
        raise Failed(
            f"{unit} is not among the services that tasks may {params.action}",
            "add it to services in [handlers.ops] of the executor's settings",
        )
    with open_host(settings, params.machine, context) as host:
        if changes:
            _change(host, unit, params.action)
        found = _look(host, unit)
    if found.active == "failed" or (params.action in ("start", "restart") and _is_down(found)):
        _report(host, found, context, failed=changes)
    return {"machine": host.name, **asdict(found)}


class Logs(OneMachine):
    unit: UnitName | None = None
    """Of one unit; by default of the whole machine."""
    since: Since | None = None
    """The oldest to show."""
    lines: int = Field(default=200, ge=1, le=10_000)
    """The most entries; the latest are kept."""
    priority: (
        Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"] | None
    ) = None
    """This grave or graver."""
    grep: Expression | None = None
    """Only messages that this regular expression finds."""


@handler(
    "ops-logs",
    limits=Limits(soft_seconds=300, hard_seconds=330),
    examples=[
        {"unit": "ssh", "since": "2h"},
        {"machine": "huginn", "priority": "err", "lines": 50},
    ],
)
def logs(params: Logs, context: Context, settings: OpsSettings) -> JsonValue:
    """Read a machine's journal: the end of it here, all that was asked for as an artifact."""
    values = {
        "count": str(params.lines),
        "since": params.since and _since(params.since),
        "priority": params.priority,
        "text": params.grep,
        "unit": params.unit and full_name(params.unit),
    }
    wanted = command("journal", {name: value for name, value in values.items() if value})
    with open_host(settings, params.machine, context) as host:
        ran = host.run(wanted, keep_bytes=JOURNAL_BYTES)
        _check_journal(host, ran)
        entries = journal_entries(ran.stdout.splitlines())
        if params.unit and not entries and _is_unknown(host, full_name(params.unit)):
            context.warn(f"{host.name} has no unit {full_name(params.unit)}")
    # With --grep it exits with 1, and silently, when it finds nothing.
    if ran.exit_code and (ran.stderr.strip() or not params.grep):
        raise Failed(f"{host.name} shows no journal: {said(ran)}")
    if ran.stderr.strip():
        context.warn(f"{host.name}: {ran.stderr.strip()[:500]}")
    text = "".join(f"{line}\n" for line in entries)
    (context.workspace / "journal.txt").write_text(text)
    context.artifact("journal.txt")
    context.log(text[-SHOWN_BYTES:] or "no entries")
    return {
        "machine": host.name,
        "lines": len(entries),
        "cut": len(ran.stdout.encode()) >= JOURNAL_BYTES,
        "text": text[-SHOWN_BYTES:],
    }


def full_name(unit: str) -> str:
    """As systemd completes it: what has no known ending is a service."""
    known = re.search(r"\.(service|socket|timer|mount|path|target)$", unit)
    return unit if known else f"{unit}.service"


def _since(text: str) -> str:
    if text.endswith("Z"):
        return text.replace("T", " ").replace("Z", " UTC")
    return f"-{text}"


def _change(host: Host, unit: str, action: str) -> None:
    ran = host.run(command(f"service-{action}", {"unit": unit}))
    _check_systemd(host, ran)
    if ran.exit_code:
        raise Failed(
            f"{host.name} cannot {action} {unit}: {said(ran)}",
            f"look: ygg submit --label ops-logs --param unit={unit} --wait",
        )


def _look(host: Host, unit: str) -> Unit:
    ran = host.run(command("service-status", {"unit": unit}))
    _check_systemd(host, ran)
    if ran.exit_code:
        raise Failed(f"{host.name} does not tell how {unit} is: {said(ran)}")
    found = read_unit(ran.stdout)
    if found.load == "not-found":
        raise Failed(f"{host.name} has no unit {unit}")
    return found


def _check_systemd(host: Host, ran: Ran) -> None:
    if is_without_systemd(ran.stderr) or ran.exit_code == NOT_FOUND:
        raise Failed(
            f"{host.name} was not started by systemd",
            "it has no units, as most containers; for another one, give machine",
        )


def _check_journal(host: Host, ran: Ran) -> None:
    if ran.exit_code == NOT_FOUND or has_no_journal(ran.stderr):
        raise Failed(
            f"{host.name} has no journal to read: {said(ran)}",
            "does systemd-journald run there, and is the account in the group systemd-journal?",
        )


def _is_unknown(host: Host, unit: str) -> bool:
    """As far as the machine says; it may also tell nothing of its units."""
    try:
        ran = host.run(command("service-status", {"unit": unit}))
    except Failed:
        return False
    return ran.exit_code == 0 and read_unit(ran.stdout).load == "not-found"


def _is_down(unit: Unit) -> bool:
    return unit.active in ("inactive", "failed") and unit.result != "success"


def _report(host: Host, unit: Unit, context: Context, *, failed: bool) -> None:
    text = f"{unit.name} on {host.name} is {unit.active} ({unit.sub}, {unit.result})"
    if failed:
        hint = f"look: ygg submit --label ops-logs --param unit={unit.name} --wait"
        raise Failed(text, hint, {"machine": host.name, **asdict(unit)})
    context.warn(text)
