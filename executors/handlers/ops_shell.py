"""`ops-shell`: a command that the machine's settings name. Without any, it is not offered."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, JsonValue, field_validator

from executors.exits import said
from executors.handler import Context, Failed, handler
from executors.machines.hosts import Hosts, OneMachine, open_host
from executors.names import Name
from ygg.adapters import gate
from ygg.task import Limits

SHOWN_BYTES = 64 * 1024


class ShellSettings(Hosts):
    section = "ops_shell"

    commands: dict[str, tuple[str, ...]] = Field(min_length=1)
    """What may be run, by name. `{name:kind}` in a word is a value that the task gives; a word in
    `[brackets]` is left out when its value is not given. The kinds are the gate's."""

    @field_validator("commands")
    @classmethod
    def _are_shapes(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, shape in value.items():
            try:
                gate.check_shape(shape)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        return value


class Shell(OneMachine):
    command: Name
    """The name of a command that the machine's settings allow."""
    values: dict[Name, Annotated[str, Field(max_length=500)]] = Field(
        default={},
        max_length=20,
        examples=[{"disk": "/dev/sda"}],
        # Else a schema that names a pattern lets all other names pass.
        json_schema_extra={"additionalProperties": False},
    )
    """What the command leaves open, by name."""


@handler(
    "ops-shell",
    limits=Limits(soft_seconds=600, hard_seconds=630),
    examples=[{"command": "uptime"}, {"command": "smart", "values": {"disk": "/dev/sda"}}],
)
def shell(params: Shell, context: Context, settings: ShellSettings) -> JsonValue:
    """Run one of the commands that the machine's settings name."""
    argv = _argv(params.command, params.values, settings)
    with open_host(settings, params.machine, context) as host:
        ran = host.run(argv, keep_bytes=SHOWN_BYTES)
    # As its own output: whoever waits for the task is shown that, and it no second time.
    print(ran.stdout, end="")
    print(ran.stderr, end="", file=sys.stderr)
    result: JsonValue = {
        "machine": host.name,
        "exit_code": ran.exit_code,
        "stdout": ran.stdout,
        "stderr": ran.stderr,
    }
    if ran.exit_code:
        raise Failed(f"{params.command} on {host.name}: {said(ran)}", result=result)
    return result


def _argv(name: str, values: Mapping[str, str], settings: ShellSettings) -> list[str]:
    shape = settings.commands.get(name)
    if shape is None:
        raise Failed(
            f"{name} is not among the commands of this executor",
            f"it allows {', '.join(sorted(settings.commands))}",
        )
    try:
        return gate.build(shape, values)
    except ValueError as error:
        raise Failed(f"{name}: {error}", f"it is: {' '.join(shape)}") from error
