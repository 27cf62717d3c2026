"""A fleet behind the terminal: starting it, knowing that it works, stopping it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
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
NOT_OURS = "start it, or set redis_url; `ygg up` without --detach waits for it as long as it takes"


def start(settings: Settings, wish: Wish) -> None:
    data_dir = settings.data_dir.resolve()
    if state.holder(data_dir) is not None:
        _join(settings)
        return
    if sys.stderr.isatty():
        note(f"ygg: starting a fleet in {data_dir} …")
    process, offset = _spawn(data_dir / "up.log", wish)
    try:
        trouble = _await_health(settings, process)
    except KeyboardInterrupt:
        _end(process)
        raise
    if trouble is not None:
        _end(process)
        if process.returncode == EXIT_USAGE:
            _pass_on_refusal(data_dir / "up.log", offset)
        _give_up(data_dir, trouble)
    found = state.read(data_dir)
    if found is not None and found.pid != process.pid:  # somebody was a moment earlier
        say_running(settings)
    _say_up(settings)


def _join(settings: Settings) -> None:
    """There is a fleet already, perhaps one that is only starting."""
    say_running(settings)
    trouble = _await_health(settings, None)
    if trouble is not None:
        raise Unreachable(f"it does not work: {trouble.part}: {trouble.detail}", hint="ygg doctor")
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
    trouble = Trouble(SUPERVISOR, "it has not begun", SUPERVISOR)
    told = False
    while time.monotonic() < deadline:
        held, found = state.holder(data_dir), state.read(data_dir)
        if process is not None and process.poll() is not None and (process.returncode or not held):
            return Trouble(SUPERVISOR, f"it ended with exit code {process.returncode}", SUPERVISOR)
        if found is not None and found.pid == held:
            if not told and process is not None and process.pid == found.pid:
                _tell(found.notices)
                told = True
            hopeless = _hopeless(found)
            if hopeless is not None:
                return hopeless
            better = find_trouble(data_dir, found)
            if better is None:
                return None
            trouble = better
        time.sleep(POLL_SECONDS)
    return trouble


def _tell(notices: Sequence[str]) -> None:
    for text in notices:
        note(f"ygg: {text}")


def _hopeless(found: state.State) -> Trouble | None:
    for name, part in found.parts.items():
        if part.restarts >= HOPELESS_RESTARTS and name not in DISPENSABLE:
            return Trouble(name, f"it has died {part.restarts} times", name)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leaves nothing half started behind."""
    if process.poll() is None:
        process.send_signal(HURRY)
        process.wait()


def _give_up(data_dir: Path, trouble: Trouble) -> NoReturn:
    log = None
    if trouble.log is not None:
        log = data_dir / ("up.log" if trouble.log == SUPERVISOR else f"logs/{trouble.log}.log")
        for line in tail(log):
            note(f"  | {line}")
    raise Unreachable(
        f"the fleet did not come up: {trouble.part}: {trouble.detail}",
        hint=f"its log: {log}" if log else NOT_OURS,
    )


def _pass_on_refusal(log: Path, offset: int) -> NoReturn:
    """What the detached process said to a person went to its log."""
    with log.open("rb") as said:
        said.seek(offset)
        for line in said.read().decode(errors="replace").splitlines():
            if line.startswith(("ygg: ", "  field: ", "  allowed: ", "  hint: ")):
                note(line)
    raise click.exceptions.Exit(EXIT_USAGE)
