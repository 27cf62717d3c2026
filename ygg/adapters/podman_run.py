"""Runs podman, and makes its complaints our errors."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ygg.adapters import podman
from ygg.adapters.podman_trouble import missing, trouble
from ygg.errors import YggError

REMEMBERED_LINES = 60
_STEP = "STEP "
_STEP_DONE = re.compile(r"--> ([0-9a-f]{11,64})\b")
"""With the first digits of the image that podman keeps of each step."""


@dataclass(frozen=True)
class LocalImage:
    """One that lies here."""

    id: str
    digest: str
    """Of its manifest as it lies here, uncompressed: a registry's differs."""
    size_bytes: int
    layers: tuple[str, ...]
    """Digests of what they unpack to, the lowest first."""
    labels: dict[str, str]
    created: str


def output(argv: Sequence[str], what: str) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        raise missing() from error
    if done.returncode:
        raise trouble(what, done.stderr.decode(errors="replace").splitlines(), done.returncode)
    return done.stdout.decode()


def follow(argv: Sequence[str], what: str, tell: Callable[[str], None]) -> None:
    """Each line is told as podman writes it."""
    last: deque[str] = deque(maxlen=REMEMBERED_LINES)
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise missing() from error
    with process:
        try:
            for line in process.stdout or ():
                last.append(line.rstrip())
                tell(last[-1])
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise trouble(what, list(last), process.returncode)


def build(argv: Sequence[str], what: str, tell: Callable[[str], None]) -> None:
    """Each step is told as it begins. None of them stays as an image without a name."""
    done: list[str] = []

    def told(line: str) -> None:
        if line.startswith(_STEP):
            tell(line.removeprefix(_STEP))
        elif found := _STEP_DONE.match(line):
            done.append(found[1])

    try:
        follow(argv, what, told)
    finally:
        remove_nameless(done)


def exists(name: str) -> bool:
    try:
        done = subprocess.run(podman.exists(name), capture_output=True, check=False)
    except FileNotFoundError as error:
        raise missing() from error
    if done.returncode > 1:
        told = done.stderr.decode(errors="replace").splitlines()
        raise trouble(f"cannot look for {name}", told, done.returncode)
    return done.returncode == 0


def remove_nameless(ids: Sequence[str]) -> None:
    """Those of the images, by the first digits of their ids, that have got no name.

    Where podman will not, they stay: another may be using them, or removing its own.
    """
    with contextlib.suppress(YggError):
        there = output(podman.nameless(), "cannot list images").replace("sha256:", "").split()
        gone = [one for one in there if one.startswith(tuple(ids))]
        if gone:
            output(podman.remove(gone), "cannot remove what was between steps")


def local_image(name: str) -> LocalImage:
    what = f"cannot look at {name}"
    told = output(podman.inspect(name), what)
    try:
        (found,) = json.loads(told)
        return LocalImage(
            id=found["Id"],
            digest=found["Digest"],
            size_bytes=found["Size"],
            layers=tuple(found["RootFS"]["Layers"]),
            labels=found["Labels"] or {},
            created=found["Created"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise YggError(
            f"{what}: what podman answers describes no image",
            hint=f"see what this says: {shlex.join(podman.inspect(name))}",
        ) from error
