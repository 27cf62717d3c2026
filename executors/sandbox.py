"""Where code runs that nobody vouches for: no network, a system to read, little else.

A `Sandbox` turns a command into a longer command line that confines it. Which one works here is
found out by trying: `executors.sandboxes.trial`.
"""

from __future__ import annotations

import os
import pwd
import re
import resource
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ygg.errors import BadInput
from ygg.machine_settings import SandboxSettings

FIXED = {
    "HOME": "/tmp/home",  # noqa: S108  private to each command
    "TMPDIR": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "TERM": "dumb",
}
"""Variables that every confined command has."""
THE_SHELLS = frozenset({"BASHOPTS", "BASH_VERSINFO", "EUID", "OPTIND", "PPID", "SHELLOPTS", "UID"})
"""Variables that some shells let nobody set."""
NICE = 5
"""Untrusted tasks yield to the executor and to everybody's own programs."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UMASK = 0o022
"""The folders that lead to what is shown are made by the sandbox: all must get through them."""


@dataclass(frozen=True)
class Confined:
    """A command that is to be confined, and what it may touch."""

    argv: Sequence[str]
    cwd: Path
    workspace: Path
    """What it may write, seen at the same path as outside."""
    temporary: Path
    """What it sees as /tmp."""
    network: bool = False
    readable: Sequence[Path] = ()
    """Seen at the same path as outside, besides the system."""
    attempt: str = ""
    """Which one it is a command of."""
    file_bytes: int = 1024**3
    """The largest file that it may write."""


@dataclass(frozen=True)
class User:
    """Whom confined commands run as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Wrapped:
    """The command line that runs a command confined.

    Its variables are those of the sandbox's own programs: a task that could name one of them,
    `LD_PRELOAD` for one, would run code before the walls are up.
    """

    argv: list[str]
    env: dict[str, str]
    numbers: tuple[int, ...] = ()
    """Open files that its programs need. Whoever starts it closes them then."""

    @contextmanager
    def opened(self) -> Iterator[Wrapped]:
        try:
            yield self
        finally:
            for number in self.numbers:
                os.close(number)


class Sandbox(Protocol):
    name: str
    user: User | None
    """Whom the workspace must belong to; nothing: the executor's own user."""

    sees_machine: bool
    """Whether the programs inside are the machine's own."""

    def first(self, command: Confined) -> tuple[str, ...]:
        """What a shell must be told inside before the command begins."""
        ...

    def sweep(self, attempt: str | None = None) -> None:
        """Put away what the killed commands of an attempt left, or all of this executor's."""
        ...

    def variables(self) -> dict[str, str]:
        """Those that a command needs here, besides `FIXED`."""
        ...

    def wrap(self, command: Confined) -> Wrapped:
        """Of a command that is `prepared`."""
        ...


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


@contextmanager
def prepared(command: Confined, variables: Mapping[str, str], *first: str) -> Iterator[Confined]:
    """The command begun by a shell that enters its folder and sets its variables.

    They lie in a file that is there for as long as the command runs: a command line is for all to
    see. `first` is said to the shell before.
    """
    for name in variables:
        if not VARIABLE.fullmatch(name) or name in THE_SHELLS:
            raise BadInput(f"the variable {name[:40]!r} cannot be set", field="env")
    lines = [*first, f"cd {shlex.quote(str(command.cwd))} || exit 126"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    handle, path = tempfile.mkstemp(prefix="begin-", dir=command.temporary)
    try:
        with os.fdopen(handle, "w", errors="surrogateescape") as file:
            file.write("\n".join(lines) + "\n")
        seen = f"{FIXED['TMPDIR']}/{Path(path).name}"
        yield replace(command, argv=["/bin/sh", "-c", '. "$0"; exec "$@"', seen, *command.argv])
    finally:
        with suppress(OSError):  # the command may have put something else in its place
            Path(path).unlink()


def limits(settings: SandboxSettings, file_bytes: int) -> dict[str, int]:
    """What one process may have, by the names that podman knows.

    Memory is what is written, not addresses: runtimes reserve those by the gigabyte. A process
    that has been given less may not have more again.
    """
    wanted = {
        "data": (resource.RLIMIT_DATA, settings.memory_bytes),
        "nofile": (resource.RLIMIT_NOFILE, settings.open_files),
        "fsize": (resource.RLIMIT_FSIZE, file_bytes),
        "cpu": (resource.RLIMIT_CPU, settings.cpu_seconds),
        "core": (resource.RLIMIT_CORE, 0),
    }
    found = {}
    for name, (which, most) in wanted.items():
        _, hard = resource.getrlimit(which)
        found[name] = most if hard == resource.RLIM_INFINITY else min(most, hard)
    return found


def give(user: User | None, *folders: Path) -> None:
    """All that is below them now belongs to the user. Nothing of theirs may run meanwhile; and if
    it did, no link would be followed: every step starts from an open folder."""
    if user is None:
        return
    for folder in folders:
        # A line of open folders, from the top down to where we are: as deep as a workspace may be.
        below = [_Open(os.open(folder, _FOLDER), user)]
        try:
            while below:
                deeper = next(below[-1].folders, None)
                if deeper is None:
                    below.pop().close()
                else:
                    below.append(_Open(deeper, user))
        finally:
            for one in below:
                one.close()


_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class _Open:
    def __init__(self, number: int, user: User) -> None:
        self._number = number
        os.fchown(number, user.uid, user.gid)
        self._inner: list[str] = []
        with os.scandir(number) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    self._inner.append(entry.name)
                else:
                    with suppress(FileNotFoundError):
                        os.chown(
                            entry.name, user.uid, user.gid, dir_fd=number, follow_symlinks=False
                        )
        self.folders = self._open_each()

    def _open_each(self) -> Iterator[int]:
        for name in self._inner:
            with suppress(FileNotFoundError, NotADirectoryError):
                yield os.open(name, _FOLDER, dir_fd=self._number)

    def close(self) -> None:
        os.close(self._number)
