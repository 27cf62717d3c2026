"""Where code runs that nobody vouches for: no network, a system to read, little else.

A `Sandbox` turns a command into a longer command line that confines it. Which one works here is
found out by trying: `executors.confinement`.
"""

from __future__ import annotations

import os
import pwd
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ygg.errors import BadInput
from ygg.settings import SandboxSettings

FIXED = {
    "HOME": "/tmp/home",  # noqa: S108  private to each command
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}
"""Variables that every confined command has."""
NICE = 5
"""Untrusted commands yield to the executor and to everybody's own programs."""


@dataclass(frozen=True)
class Confined:
    """A command that is to be confined, and what it may touch."""

    argv: Sequence[str]
    cwd: Path
    workspace: Path
    """What it may write, seen at the same path as outside."""
    temporary: Path
    """What it sees as /tmp."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables that it has besides `FIXED`."""
    network: bool = False
    readable: Sequence[Path] = ()
    """Seen at the same path as outside, besides the system."""


@dataclass(frozen=True)
class User:
    """Whom confined commands run as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Wrapped:
    """The command line that runs a command confined, and its own variables."""

    argv: list[str]
    env: dict[str, str]


class Sandbox(Protocol):
    name: str
    user: User | None
    """Whom the workspace must belong to; nothing: the executor's own user."""

    def wrap(self, command: Confined) -> Wrapped: ...


@dataclass(frozen=True)
class NoSandbox:
    """Why untrusted code cannot run here, and what would help."""

    reason: str
    hint: str


def sandbox_user(settings: SandboxSettings) -> User | None:
    """Whom root runs untrusted code as. Anybody else remains who they are."""
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(settings.user)
    except KeyError:
        found = None
    if found is None or found.pw_uid == 0:
        raise BadInput(
            f"there is no user {settings.user!r} other than root to run untrusted code as",
            field="sandbox.user",
            hint="name an account that may do nothing: nobody",
        )
    return User(found.pw_uid, found.pw_gid)


def limit(settings: SandboxSettings, file_bytes: int) -> None:
    """In the forked process, before the command: what it inherits and cannot raise again."""
    for which, most in (
        # Of memory that is written, not of addresses: runtimes reserve those by the gigabyte.
        (resource.RLIMIT_DATA, settings.memory_bytes),
        (resource.RLIMIT_NOFILE, settings.open_files),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CPU, settings.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (least, least))
    os.nice(NICE)


def give(user: User | None, *folders: Path) -> None:
    """All that is below them now belongs to the user. Nothing of theirs may run meanwhile."""
    if user is None:
        return
    for folder in folders:
        os.chown(folder, user.uid, user.gid)
        for path, names, files in os.walk(folder):
            for name in (*names, *files):
                os.chown(Path(path, name), user.uid, user.gid, follow_symlinks=False)
