"""`ops-ping`, `ops-disk`: is a machine there, and does it have room? They only look."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from executors.exits import said
from executors.handler import Context, Failed, Params, handler
from executors.machines.hosts import OneMachine, OpsSettings, command, open_host
from ygg.adapters.disks import Disk, read_disks
from ygg.task import Limits

QUICK = Limits(soft_seconds=120, hard_seconds=150)
Percent = Annotated[float, Field(ge=1, le=100)]
Mount = Annotated[
    str,
    Field(
        pattern=r"^/[^\x00-\x1f]*$",
        max_length=1024,
        json_schema_extra={"x-allowed": "where something is mounted: an absolute path"},
    ),
]


@handler("ops-ping", limits=QUICK, examples=[{}, {"machine": "huginn"}])
def ping(params: OneMachine, context: Context, settings: OpsSettings) -> JsonValue:
    """Log in to a machine and measure how long that takes."""
    started = time.monotonic()
    with open_host(settings, params.machine, context) as host:
        connected = time.monotonic()
        ran = host.run(command("ping"))
        ended = time.monotonic()
    if ran.exit_code:
        raise Failed(f"{host.name} runs no commands: {said(ran)}")
    return {
        "machine": host.name,
        "login_ms": round((connected - started) * 1000, 1),
        "command_ms": round((ended - connected) * 1000, 1),
    }


SOME_MOUNTS: JsonValue = {
    "type": "object",
    "minProperties": 1,
    "x-allowed": 'where something must be mounted, such as {"/srv/photos": {}}',
}


class Threshold(Params):
    warn_percent: Percent = 85
    """From here on it is a warning."""
    fail_percent: Percent = 95
    """From here on the task fails."""


class DiskParams(OneMachine, Threshold):
    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"only": {"const": True}}, "required": ["only"]},
            "then": {"required": ["mounts"], "properties": {"mounts": SOME_MOUNTS}},
        }
    )

    mounts: dict[Mount, Threshold] = Field(
        default={},
        max_length=100,
        examples=[{"/srv/photos": {"warn_percent": 70}}],
        json_schema_extra={"additionalProperties": False},
    )
    """Where something must be mounted, each with limits of its own."""
    only: bool = False
    """Look at those mounts alone."""


@handler(
    "ops-disk",
    limits=QUICK,
    examples=[
        {},
        {"machine": "huginn", "warn_percent": 70, "mounts": {"/srv/photos": {"fail_percent": 90}}},
    ],
)
def disk(params: DiskParams, context: Context, settings: OpsSettings) -> JsonValue:
    """Fail when a machine's disk or its inodes run out, and warn some time before."""
    _check(params)
    with open_host(settings, params.machine, context) as host:
        ran = host.run(command("disk"))
    disks = read_disks(ran.stdout)
    # df exits with 1 when it may not look at one of many.
    if not disks:
        raise Failed(f"{host.name} tells no disks: {said(ran)}")
    if params.only:
        disks = [one for one in disks if one.mount in params.mounts]
    full = [f"nothing is mounted at {path}" for path in _absent(params, disks)]
    for one in disks:
        limit = params.mounts.get(one.mount, params)
        if _fullest(one) >= limit.fail_percent:
            full.append(_how_full(one))
        elif _fullest(one) >= limit.warn_percent:
            context.warn(f"{host.name}: {_how_full(one)}")
    result: JsonValue = {"machine": host.name, "disks": [_told(one) for one in disks]}
    if full:
        raise Failed(f"{host.name}: {'; '.join(full)}", "free some, or raise fail_percent", result)
    return result


def _check(params: DiskParams) -> None:
    if params.only and not params.mounts:
        raise Failed("only what is mounted where?", "name mounts, or leave out only")
    for where, limit in (("a disk", params), *params.mounts.items()):
        if "warn_percent" in limit.model_fields_set and limit.warn_percent > limit.fail_percent:
            raise Failed(
                f"{where} fails at {limit.fail_percent:g} % and would warn "
                f"only later, at {limit.warn_percent:g} %",
                "give a warn_percent up to its fail_percent, which is 95 if not given",
            )


def _absent(params: DiskParams, disks: list[Disk]) -> list[str]:
    return sorted(set(params.mounts) - {one.mount for one in disks})


def _fullest(disk: Disk) -> float:
    return max(disk.used_percent, disk.files_used_percent)


def _how_full(disk: Disk) -> str:
    if disk.files_used_percent > disk.used_percent:
        return f"{disk.mount} has {disk.files_used_percent:g} % of its inodes in use"
    left = disk.available_bytes / 1e9
    return f"{disk.mount} is {disk.used_percent:g} % full, {left:.1f} GB are left"


def _told(disk: Disk) -> dict[str, JsonValue]:
    percents = {
        "used_percent": disk.used_percent,
        "files_used_percent": disk.files_used_percent,
    }
    return {**asdict(disk), **percents}
