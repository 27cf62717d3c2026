"""Garbage collection that cannot race a push.

distribution takes away the blobs that no image names. An image that is pushed meanwhile has blobs
first and a name last, and would lose them. So nothing is taken in from before the first blob is
looked at until the last one is gone: that is asked for by a lock, and tried before anything is
deleted. The collector inherits the lock, and holds it even if whoever started it is killed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass

from registry.client.registry import Registry
from registry.client.trouble import ReadOnly
from registry.home import Home
from registry.hosting.begin import secret_of
from registry.hosting.disk import used_bytes
from registry.names import repository_of
from ygg import lock
from ygg.embedded.secret_files import write_private
from ygg.errors import Conflict, Unreachable, YggError

READONLY_SECONDS = 30.0
"""So long it may take until nothing is taken in any more."""
COLLECT_SECONDS = 6 * 3600.0
POLL_SECONDS = 0.2
_BLOBS = "docker/registry/v2/blobs"
_NOTHING = f"sha256:{'0' * 64}"
_DELETED = re.compile(r"^blob eligible for deletion: ", re.MULTILINE)
_SAID = 500


@dataclass(frozen=True)
class Collected:
    """What came of it."""

    at: float
    """Seconds since 1970."""
    seconds: float
    freed_bytes: int
    blobs: int


def collect(home: Home, program: str, reached: Callable[[], Registry] | None) -> Collected:
    """`reached` leads to the registry if it runs: it must be seen to take nothing in."""
    secret_of(home)
    held = lock.take(home.readonly, f"garbage is collected by process {os.getpid()}")
    if held is None:
        raise Conflict("garbage is being collected already", hint=f"see {home.collected}")
    try:
        if reached:
            _await(reached, taken_in=False)
        found = _collected(home, program, held)
    finally:
        held.release()
    write_private(home.collected, json.dumps(asdict(found)) + "\n")
    if reached:
        _await(reached, taken_in=True)
    return found


def last(home: Home) -> Collected | None:
    try:
        return Collected(**json.loads(home.collected.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def takes_in(registry: Registry) -> bool:
    """Tried with an upload that is given up at once."""
    repository = repository_of("base")
    try:
        registry.mount_blob(repository, _NOTHING, repository)
    except ReadOnly:
        return False
    return True


def _await(reached: Callable[[], AbstractContextManager[Registry]], *, taken_in: bool) -> None:
    """Between the two it is started again, and answers nobody."""
    deadline = time.monotonic() + READONLY_SECONDS
    trouble = "it takes nothing in yet" if taken_in else "it still takes in what is pushed"
    while time.monotonic() < deadline:
        try:
            with reached() as registry:
                if takes_in(registry) is taken_in:
                    return
        except Unreachable as error:  # it is being started again
            trouble = error.message
        time.sleep(POLL_SECONDS)
    done = "garbage was collected, and" if taken_in else "nothing was collected:"
    raise YggError(
        f"{done} {trouble}",
        hint="is it run by ygg registry up, or a unit of ygg registry init?",
    )


def _collected(home: Home, program: str, held: lock.Lock) -> Collected:
    began, at = time.monotonic(), time.time()
    before = used_bytes(home.storage)
    argv = (program, "garbage-collect", str(home.configuration))
    # It takes a registry that nothing was ever pushed to for a broken one.
    said = _run(argv, held) if (home.storage / _BLOBS).exists() else ""
    return Collected(
        at=at,
        seconds=round(time.monotonic() - began, 3),
        freed_bytes=max(0, before - used_bytes(home.storage)),
        blobs=len(_DELETED.findall(said)),
    )


def _run(argv: tuple[str, ...], held: lock.Lock) -> str:
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(held.fileno(),),
        text=True,
        errors="replace",
    ) as process:
        try:
            said, _ = process.communicate(timeout=COLLECT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise YggError(f"collecting garbage took over {COLLECT_SECONDS:.0f} s") from None
    if process.returncode:
        raise YggError(f"collecting garbage failed: {said.strip()[:_SAID]}")
    return said
