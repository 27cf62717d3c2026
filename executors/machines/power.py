"""What a machine does when it is switched takes a while: ask it, look, and wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from executors.exits import said
from executors.handler import Context, Failed, Ran
from executors.machines.hosts import RemoteHost, command
from ygg.adapters.facts import read_running
from ygg.adapters.ssh import Connection, connected
from ygg.adapters.ssh_errors import ConnectionLost, HostKeyChanged, HostKeyUnknown, TooSlow
from ygg.adapters.ssh_login import Address
from ygg.errors import Denied, Unreachable, YggError

LOOK_SECONDS = 1.0
ANSWER_SECONDS = 30.0
"""How long a command may take. A machine that falls asleep first never answers."""


@dataclass(frozen=True)
class Boot:
    id: str
    age: int
    """Seconds since then."""


class Power:
    """One machine, logged in to anew each time: between two looks it may have been off."""

    def __init__(self, name: str, address: Address) -> None:
        self.name = name
        self._address = address

    def boot(self) -> Boot:
        with connected(self._address) as connection:
            boot_id = self._run(connection, "boot").stdout.strip()
            uptime = self._run(connection, "uptime").stdout
        try:
            return Boot(boot_id, read_running(uptime)["uptime_seconds"])
        except (ValueError, LookupError) as error:
            raise Failed(f"{self.name} does not tell since when it is on") from error

    def ask(self, action: str) -> None:
        """Have it done. To be cut off in the middle of it is how it succeeds."""
        with connected(self._address) as connection:
            try:
                self._run(connection, action)
            except (ConnectionLost, TooSlow):
                return

    def _run(self, connection: Connection, action: str) -> Ran:
        host = RemoteHost(self.name, connection)
        ran = host.run(command(action), timeout_seconds=ANSWER_SECONDS)
        if ran.exit_code:
            raise Failed(
                f"{self.name} does not do {action}: {said(ran)}",
                "may that account do it there? See docs/machines-work.md",
            )
        return ran


def wait_there(
    power: Power,
    context: Context,
    seconds: float,
    *,
    not_boot: str = "",
    again: Callable[[], None] | None = None,
    every: float = 0,
) -> Boot:
    """Until one can log in, after another boot than `not_boot`; `again` is done now and then."""
    started = time.monotonic()
    next_again = started + every
    why: YggError | None = None
    while time.monotonic() < started + seconds:
        try:
            found = power.boot()
            if found.id != not_boot:
                context.progress(1.0, f"{power.name} is there")
                return found
        except (HostKeyChanged, HostKeyUnknown):
            raise
        except (Unreachable, Denied) as error:  # a machine that boots lets nobody in for a while
            why = error
        _tell(context, f"waiting for {power.name}", started, seconds)
        if again and time.monotonic() >= next_again:
            again()
            next_again += every
        time.sleep(LOOK_SECONDS)
    if why is None:
        raise Failed(f"{power.name} did not restart within {seconds:g} s")
    raise Failed(f"{power.name} did not come within {seconds:g} s: {why.message}", why.hint or "")


def wait_gone(power: Power, context: Context, seconds: float) -> None:
    """Until it no longer answers."""
    started = time.monotonic()
    while time.monotonic() < started + seconds:
        try:
            power.boot()
        except Unreachable:
            context.progress(1.0, f"{power.name} is gone")
            return
        except Denied:  # one that shuts down lets nobody in any more
            pass
        _tell(context, f"waiting for {power.name} to go", started, seconds)
        time.sleep(LOOK_SECONDS)
    raise Failed(f"{power.name} still answers after {seconds:g} s")


def _tell(context: Context, message: str, started: float, seconds: float) -> None:
    context.progress(min(1.0, (time.monotonic() - started) / seconds), message)
