"""A registry behind the terminal: starting it, knowing that it answers, stopping it."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

from registry.client.patience import Patience
from registry.home import Home, address_of, home_of
from registry.hosting.authority import shown_by
from registry.hosting.begin import secret_of
from registry.hosting.configuration import host_of
from registry.hosting.keeper import keeper
from registry.hosting.renewing import has_expired, way_to_renew
from registry.hosting.serve import CONTAINER, program
from registry.hosting.starting import check, port_of
from registry.ping import mirror_trouble_of
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
    process = None if keeper(home) else _spawned(settings, home)
    deadline = time.monotonic() + START_SECONDS
    while (trouble := _trouble_for_us(settings)) is not None and not _shows_expired(settings, home):
        if process is not None and process.poll() is not None:
            raise Unreachable("the registry does not start", hint=_tail(home.process_log))
        if time.monotonic() > deadline:
            _end(process)
            raise Unreachable(f"the registry does not answer: {trouble}", hint=_tail(home.log))
        time.sleep(POLL_SECONDS)
    told = f"registry {settings.registry.address}, {keeper(home)}, log {home.log}"
    if trouble:
        told += f"; but {trouble}; next: {way_to_renew(home)}"
    while not trouble and (silent := mirror_trouble_of(settings)):
        if time.monotonic() > deadline:
            return f"{told}; but its mirror: {silent}, log {home.mirror_log}"
        time.sleep(POLL_SECONDS)
    return told


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


def _trouble_for_us(settings: Settings) -> str | None:
    """Why it does not answer us; nothing when it does."""
    try:
        with reach(settings, patience=Patience(attempts=1)) as registry:
            registry.ping()
    except YggError as error:
        return error.message
    return None


def _shows_expired(settings: Settings, home: Home) -> bool:
    """It runs, then, and more cannot be had of it."""
    if settings.registry.plain_http or not has_expired(home):
        return False
    address = address_of(settings.registry)
    try:
        return shown_by(host_of(address), port_of(address)).days_left < 0
    except (OSError, ssl.SSLError):
        return False


def _spawned(settings: Settings, home: Home) -> subprocess.Popen[bytes]:
    program()
    check(settings, home)
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
