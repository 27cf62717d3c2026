"""A registry behind the terminal: starting it, knowing that it answers, stopping it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from registry.client.patience import Patience
from registry.home import Home, home_of
from registry.hosting.begin import secret_of
from registry.hosting.keeper import keeper
from registry.hosting.serve import CONTAINER, program
from registry.reach import reach
from ygg.errors import Conflict, Unreachable, YggError
from ygg.settings import Settings

START_SECONDS = 20.0
STOP_SECONDS = 30.0
POLL_SECONDS = 0.1
TOLD_LINES = 5


def start(settings: Settings) -> str:
    """What to tell: where it answers now."""
    home = home_of(settings)
    secret_of(home)
    process = None if keeper(home) else _spawned(home)
    deadline = time.monotonic() + START_SECONDS
    while (trouble := trouble_of(settings)) is not None:
        if process is not None and process.poll() is not None:
            raise Unreachable("the registry does not start", hint=_tail(home.process_log))
        if time.monotonic() > deadline:
            _end(process)
            raise Unreachable(f"the registry does not answer: {trouble}", hint=_tail(home.log))
        time.sleep(POLL_SECONDS)
    return f"registry {settings.registry.address}, {keeper(home)}, log {home.log}"


def stop(settings: Settings) -> bool:
    """False when none runs."""
    home = home_of(settings)
    found = keeper(home)
    if found is None:
        return False
    if found.process is None:
        raise Conflict("the registry runs in a container", hint=f"systemctl stop {CONTAINER}")
    os.kill(found.process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while keeper(home) == found:
        if time.monotonic() > deadline:
            raise Unreachable(f"the registry ({found}) still runs", hint=_tail(home.log))
        time.sleep(POLL_SECONDS)
    return True


def trouble_of(settings: Settings) -> str | None:
    """Why it does not answer us; nothing when it does."""
    try:
        with reach(settings, patience=Patience(attempts=1)) as registry:
            registry.ping()
    except YggError as error:
        return error.message
    return None


def _spawned(home: Home) -> subprocess.Popen[bytes]:
    program()
    number = os.open(home.process_log, os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
    with os.fdopen(number, "wb") as output:
        return subprocess.Popen(
            (sys.executable, "-P", "-m", "registry.hosting.serve"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.terminate()
        process.wait(STOP_SECONDS)


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return f"its log: {log}"
    return f"its log, {log}, ends: {' / '.join(lines[-TOLD_LINES:])}"
