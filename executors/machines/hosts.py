"""Where the work of `ops-` and `power-` is done: on this machine, or on one reached over SSH."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field, model_validator

from executors.handler import Context, Failed, HandlerSettings, Params, Ran
from ygg.adapters import gate
from ygg.adapters.ssh import Connection, connected
from ygg.adapters.ssh_login import Address
from ygg.machine_settings import Group

CONTAINER_MARKS = (Path("/run/.containerenv"), Path("/.dockerenv"))
KEEP_BYTES = 256 * 1024
TIMEOUT_SECONDS = 600.0

MachineName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9.-]*$",
        max_length=63,
        json_schema_extra={"x-allowed": "a machine's name: lower-case letters, digits, `-`, `.`"},
    ),
]
MaybeMachine = Annotated[
    str,
    Field(
        pattern=r"^([a-z0-9][a-z0-9.-]*)?$",
        max_length=63,
        examples=["huginn"],
        json_schema_extra={"x-allowed": "a machine of the executor's settings, or nothing"},
    ),
]


class OneMachine(Params):
    machine: MaybeMachine = ""
    """Which machine; the executor's own by default."""


class Login(Group):
    """How to reach a machine over SSH."""

    address: str = Field(min_length=1)
    """Its name or address; also a `Host` of the ssh_config."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """22 by default."""
    user: str | None = None
    """Who logs in; by default whom the executor runs as."""
    key_file: Path | None = None
    """The private key; by default those of the agent and of ~/.ssh."""
    known_hosts_file: Path | None = None
    """Where its host key stands. It is never added by itself."""
    ssh_config: Path | None = None
    """An ssh_config to heed; by default ~/.ssh/config."""
    connect_seconds: float = Field(default=10, gt=0)
    """How long it may take to answer."""

    def ssh_address(self) -> Address:
        return Address(
            self.address,
            port=self.port,
            user=self.user,
            key_file=self.key_file and self.key_file.expanduser(),
            known_hosts_file=self.known_hosts_file and self.known_hosts_file.expanduser(),
            config_file=self.ssh_config and self.ssh_config.expanduser(),
            timeout_seconds=self.connect_seconds,
        )


class Hosts(HandlerSettings):
    """The machines that an executor looks after. Each section has a class of its own."""

    machines: dict[MachineName, Login] = Field(default={})
    """Those that are reached over SSH, by name."""
    local: bool = Field(default_factory=lambda: outside_container())
    """Whether the executor's own machine is worked on directly; true outside of a container."""
    default_machine: str = ""
    """Which one is meant when a task names none; by default the local one, or the only one."""

    @model_validator(mode="after")
    def _reach_something(self) -> Hosts:
        if not self.local and not self.machines:
            raise ValueError("name machines: an executor in a container reaches them over SSH")
        if self.default_machine and self.default_machine not in self.machines:
            raise ValueError("the default machine must be one of machines")
        return self

    def choose(self, name: str) -> str:
        """The machine that a task means; empty for the executor's own."""
        if name and name not in self.machines:
            raise Failed(
                f"{name} is not a machine of this executor",
                f"it knows {', '.join(sorted(self.machines)) or 'only its own: give no machine'}; "
                f"add [handlers.{self.section}.machines.{name}] to its settings",
            )
        if name or self.local:
            return name or self.default_machine
        if not self.default_machine and len(self.machines) > 1:
            raise Failed(
                "which machine?", f"give machine: one of {', '.join(sorted(self.machines))}"
            )
        return self.default_machine or next(iter(self.machines))


class OpsSettings(Hosts):
    section = "ops"

    services: tuple[str, ...] = ()
    """Units that tasks may start, stop and restart. Any may be looked at."""


def outside_container() -> bool:
    return not any(mark.exists() for mark in CONTAINER_MARKS)


class Host(Protocol):
    """One machine on which commands can be run."""

    @property
    def name(self) -> str: ...

    def run(self, argv: Sequence[str], *, keep_bytes: int = KEEP_BYTES) -> Ran:
        """Run a command that needs no input. 127 where there is no such program."""
        ...


class LocalHost:
    name = "this machine"

    def __init__(self, context: Context) -> None:
        self._context = context

    def run(self, argv: Sequence[str], *, keep_bytes: int = KEEP_BYTES) -> Ran:
        program = shutil.which(argv[0], path=gate.PATH)
        if program is None:
            return Ran(gate.NOT_FOUND, "", f"command not found: {argv[0]}")
        return self._context.run(
            [program, *argv[1:]],
            env={"LC_ALL": "C.UTF-8"},
            logged=False,
            keep_bytes=keep_bytes,
            confined=False,
        )


class RemoteHost:
    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection

    def run(
        self,
        argv: Sequence[str],
        *,
        keep_bytes: int = KEEP_BYTES,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> Ran:
        ended = self._connection.run(argv, keep_bytes=keep_bytes, timeout_seconds=timeout_seconds)
        ran = Ran(ended.exit_code, ended.stdout, ended.stderr)
        _check_gate(self.name, ran)
        return ran


def _check_gate(machine: str, ran: Ran) -> None:
    """`Failed` if it was the machine's gate that did not let the command pass."""
    if ran.exit_code == gate.REFUSED and "ygg-ops-gate: " in ran.stderr:
        said = ran.stderr.partition("ygg-ops-gate: ")[2].strip()
        raise Failed(f"the gate of {machine}: {said}", f"allow it there, in {gate.CONFIG}")


@contextmanager
def open_host(hosts: Hosts, machine: str, context: Context) -> Iterator[Host]:
    name = hosts.choose(machine)
    if not name:
        yield LocalHost(context)
        return
    with connected(hosts.machines[name].ssh_address()) as connection:
        yield RemoteHost(name, connection)


def command(action: str, values: Mapping[str, str] | None = None) -> list[str]:
    """The command of an action, as the gate knows it."""
    try:
        return gate.build(gate.ACTIONS[action], values or {})
    except ValueError as error:
        raise Failed(str(error)) from error
