"""Garbage collection that cannot race a push.

distribution takes away the blobs that no image names. An image that is pushed meanwhile has blobs
first and a name last, and would lose them. So nothing is taken in from before the first blob is
looked at until the last one is gone: that is asked for by a lock, and tried before anything is
deleted, all the while, and after it. The collector inherits the lock, and holds it even if whoever
started it is killed; a registry that is started meanwhile looks at the lock first.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from registry.client.registry import Registry
from registry.client.trouble import DeletionDisabled, ReadOnly
from registry.home import Home, home_of
from registry.hosting.begin import secret_of
from registry.hosting.configuration import host_of, serving
from registry.hosting.disk import used_bytes
from registry.hosting.keeper import keeper
from registry.hosting.starting import port_of
from registry.hosting.storage import check_storage
from registry.names import ImageName, repository_of
from ygg import lock
from ygg.embedded.ports import why_not
from ygg.embedded.secret_files import write_private
from ygg.errors import Conflict, NotFound, Unreachable, YggError
from ygg.settings import Settings

log = logging.getLogger(__name__)

Reached = Callable[[], Registry]

READONLY_SECONDS = 30.0
"""So long it may take until nothing is taken in any more."""
COLLECT_SECONDS = 6 * 3600.0
POLL_SECONDS = 0.2
WATCH_SECONDS = 1.0
"""How often it is tried, while blobs are deleted, whether something is taken in."""
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


_COLLECTED = TypeAdapter(Collected)


def collect(settings: Settings, program: str, reached: Reached) -> Collected:
    """`reached` leads to the registry. Where one answers it must be seen to take nothing in."""
    home = home_of(settings)
    ours = serving(settings.registry, home, secret_of(home))
    check_storage(home)
    held = lock.take(home.readonly, f"garbage is collected by process {os.getpid()}")
    if held is None:
        raise Conflict(
            "garbage is being collected already",
            hint="wait for it: ygg registry status says when it is done",
        )
    try:
        # Not before the lock: one that starts from now on takes nothing in.
        is_kept = keeper(home) is not None
        if is_kept:
            _await(reached, taken_in=False)
        elif why_not(host_of(ours.listen), port_of(ours.listen)):
            _check_closed(reached)
        found = _collected(home, program, held, reached)
    finally:
        held.release()
    _note(home, found)
    if is_kept:
        _await(reached, taken_in=True)
    return found


def last(home: Home) -> Collected | None:
    try:
        return _COLLECTED.validate_json(home.collected.read_bytes(), strict=True)
    except (OSError, ValueError):
        return None


def takes_in(registry: Registry) -> bool:
    """Tried with deleting what cannot be there: that leaves nothing, and wants no room."""
    nothing = ImageName(registry.address, repository_of("base"), digest=_NOTHING)
    try:
        registry.delete_manifest(nothing)
    except ReadOnly:
        return False
    except (NotFound, DeletionDisabled):
        return True
    return True


def _await(reached: Reached, *, taken_in: bool) -> None:
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


def _check_closed(reached: Reached) -> None:
    """Somebody runs it by themselves: it heeds no lock, but may be read-only by its own means."""
    hint = "stop it, and collect again; or have it run by ygg registry up"
    try:
        with reached() as registry:
            is_open = takes_in(registry)
    except YggError as error:
        raise Conflict(
            "nothing was collected: something listens where the registry would, and nobody knows"
            f" whether it takes in what is pushed: {error.message}",
            hint=hint,
        ) from error
    if is_open:
        raise Conflict(
            "nothing was collected: a registry runs that ygg registry up does not keep, and it"
            " takes in what is pushed",
            hint=hint,
        )


def _is_open(reached: Reached) -> bool:
    """Seen to be. One that does not answer was started after the lock was taken, or is none."""
    try:
        with reached() as registry:
            return takes_in(registry)
    except YggError:
        return False


def _note(home: Home, found: Collected) -> None:
    try:
        write_private(home.collected, json.dumps(asdict(found)) + "\n")
    except OSError as error:
        log.warning("cannot write %s: %s", home.collected, error.strerror)


def _collected(home: Home, program: str, held: lock.Lock, reached: Reached) -> Collected:
    began, at = time.monotonic(), time.time()
    before = used_bytes(home.storage)
    argv = (program, "garbage-collect", str(home.configuration))
    # It takes a registry that nothing was ever pushed to for a broken one.
    said = _run(argv, held, reached) if (home.storage / _BLOBS).exists() else ""
    return Collected(
        at=at,
        seconds=round(time.monotonic() - began, 3),
        freed_bytes=max(0, before - used_bytes(home.storage)),
        blobs=len(_DELETED.findall(said)),
    )


def _run(argv: tuple[str, ...], held: lock.Lock, reached: Reached) -> str:
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
            said = _said_by(process, reached)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise YggError(
            f"collecting garbage failed: {said.strip()[-_SAID:]}",
            hint="may you read and write all of the registry's storage? Nothing that an image names"
            " is deleted: it can be tried again",
        )
    return said


def _said_by(process: subprocess.Popen[str], reached: Reached) -> str:
    """What it said when it is done. It is ended as soon as a push could come between."""
    deadline = time.monotonic() + COLLECT_SECONDS
    while time.monotonic() < deadline:
        is_done, said = False, ""
        try:
            said, _ = process.communicate(timeout=WATCH_SECONDS)
            is_done = True
        except subprocess.TimeoutExpired:
            pass
        if _is_open(reached):
            raise YggError(
                "collecting garbage was given up: a registry takes in what is pushed meanwhile",
                hint="stop whatever registry runs beside that of ygg registry up, and push again"
                " what was pushed in the last minutes",
            )
        if is_done:
            return said
    raise YggError(
        f"collecting garbage took over {COLLECT_SECONDS:.0f} s, and was ended",
        hint="is the disk of the registry's storage well? It can be tried again",
    )
