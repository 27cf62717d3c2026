"""A fleet behind the terminal: starting it, knowing that it works, stopping it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import click

from ygg.cli.foreground import say_running, summary
from ygg.cli.output import note, say
from ygg.embedded import state
from ygg.embedded.health import Trouble, find_trouble, tail
from ygg.embedded.plan import STOP_EXTRA_SECONDS, Wish
from ygg.errors import EXIT_USAGE, Unreachable
from ygg.settings import Settings
from ygg.supervisor import HURRY, LOG_BYTES

START_SECONDS = 60.0
POLL_SECONDS = 0.1
SUPERVISOR = "up"
HOPELESS_RESTARTS = 3
"""A part that died this often while starting will not come up by waiting."""
DISPENSABLE = ("flower",)
"""Tasks run without it."""


def start(settings: Settings, wish: Wish) -> None:
    data_dir = settings.data_dir.resolve()
    if state.holder(data_dir) is not None:
        say_running(settings)
        trouble = _await_health(settings, None)
        if trouble is not None:
            raise Unreachable(
                f"it does not work: {trouble.part}: {trouble.detail}", hint="ygg doctor"
            )
        _say_up(settings)
        return
    log = data_dir / "up.log"
    if sys.stderr.isatty():
        note(f"ygg: starting a fleet in {data_dir} …")
    process, offset = _spawn(log, wish)
    trouble = _await_health(settings, process)
    _relay_notices(log, offset)
    if trouble is not None:
        _give_up(data_dir, process, trouble)
    _say_up(settings)


def _say_up(settings: Settings) -> None:
    data_dir = settings.data_dir.resolve()
    found = state.read(data_dir)
    if found is None:
        raise Unreachable("the fleet stopped again", hint=f"its log: {data_dir / 'up.log'}")
    say(summary(data_dir, found, settings.flower.user, end="`ygg down` stops it."))


def stop(settings: Settings, pid: int, *, now: bool) -> None:
    data_dir = settings.data_dir
    seconds = settings.executor.drain_seconds + 4 * STOP_EXTRA_SECONDS
    note("ygg: stopping" + ("" if now else "; running tasks may finish first, see --now"))
    os.kill(pid, HURRY if now else signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while state.holder(data_dir) == pid:
        if time.monotonic() > deadline:
            raise Unreachable(
                f"the fleet (pid {pid}) still runs after {seconds:.0f} s", hint="ygg down --now"
            )
        time.sleep(POLL_SECONDS)
    note("ygg: stopped")


def _spawn(log: Path, wish: Wish) -> tuple[subprocess.Popen[bytes], int]:
    """The process, and where in the log what it says begins."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(number, "ab") as output:
        if output.tell() > LOG_BYTES:
            output.truncate(0)
        offset = output.tell()
        process = subprocess.Popen(
            (sys.executable, "-P", "-m", "ygg.cli", "up", *_options(wish)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return process, offset


def _options(wish: Wish) -> list[str]:
    found = [] if wish.flower else ["--no-flower"]
    if wish.port is not None:
        found += ["--port", str(wish.port)]
    if wish.concurrency is not None:
        found += ["--concurrency", str(wish.concurrency)]
    return found


def _await_health(settings: Settings, process: subprocess.Popen[bytes] | None) -> Trouble | None:
    data_dir = settings.data_dir
    deadline = time.monotonic() + START_SECONDS
    trouble = Trouble(SUPERVISOR, "it has not begun")
    while time.monotonic() < deadline:
        if process is not None and process.poll() not in (None, 0):
            return Trouble(SUPERVISOR, f"it ended with exit code {process.returncode}")
        found = state.read(data_dir)
        if found is not None and found.pid == state.holder(data_dir):
            hopeless = _hopeless(found)
            if hopeless is not None:
                return hopeless
            better = find_trouble(data_dir, found)
            if better is None:
                return None
            trouble = better
        time.sleep(POLL_SECONDS)
    return trouble


def _hopeless(found: state.State) -> Trouble | None:
    for name, part in found.parts.items():
        if part.restarts >= HOPELESS_RESTARTS and name not in DISPENSABLE:
            return Trouble(name, f"it has died {part.restarts} times")
    return None


def _give_up(data_dir: Path, process: subprocess.Popen[bytes], trouble: Trouble) -> NoReturn:
    """Leaves nothing half started behind."""
    if process.poll() is None:
        process.send_signal(HURRY)
        process.wait()
    elif process.returncode == EXIT_USAGE:
        raise click.exceptions.Exit(EXIT_USAGE)  # it said why, and that was passed on
    log = data_dir / "up.log"
    if trouble.part != SUPERVISOR:
        log = data_dir / "logs" / f"{trouble.part}.log"
    for line in tail(log):
        note(f"  | {line}")
    raise Unreachable(
        f"the fleet did not come up: {trouble.part}: {trouble.detail}", hint=f"its log: {log}"
    )


def _relay_notices(log: Path, offset: int) -> None:
    """What the detached process said to a person, which went to its log."""
    with log.open("rb") as said:
        said.seek(offset)
        for line in said.read().decode(errors="replace").splitlines():
            if line.startswith(("ygg: ", "  field: ", "  allowed: ", "  hint: ")):
                note(line)
