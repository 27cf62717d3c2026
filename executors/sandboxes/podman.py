"""The second sandbox: podman, for machines where bubblewrap is not to be had.

A command takes a few tenths of a second more to start, and sees the system of an image instead of
the machine's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from executors.sandbox import Confined, User, Wrapped, limits, sandbox_user
from ygg.machine_settings import SandboxSettings

LABEL = "yggdrasil.sandbox"
ATTEMPT = "yggdrasil.attempt"
SWEEP_SECONDS = 30.0
_OWN = ("HOME", "PATH", "USER", "LOGNAME", "XDG_", "CONTAINERS_", "DBUS_", "LANG", "LC_", "TMPDIR")
"""Variables that podman itself needs."""


_HAND_OUTPUT = ("/bin/sh", "-c", 'exec "$@" 3>&1 4>&2', "podman")
_TAKE_OUTPUT = "exec >&3 2>&4 3>&- 4>&-"
"""The command writes where we read, not to podman, which passes nothing on now and then: on a busy
machine the end of a short command can come before it listens."""


class Podman:
    name = "podman"
    sees_machine = False

    def __init__(self, program: str, settings: SandboxSettings, own: Path) -> None:
        self._program = program
        self._settings = settings
        self._mark = f"{LABEL}={own}"
        self.user = sandbox_user(settings)

    def first(self, command: Confined) -> tuple[str, ...]:
        return (_TAKE_OUTPUT,)  # podman sets the limits itself

    def sweep(self, attempt: str | None = None) -> None:
        argv = [self._program, "rm", "--force", "--filter", f"label={self._mark}"]
        if attempt:
            argv += ["--filter", f"label={ATTEMPT}={attempt}"]
        subprocess.run(argv, capture_output=True, timeout=SWEEP_SECONDS, check=False)

    def variables(self) -> dict[str, str]:
        return {}  # the image has its own

    def wrap(self, command: Confined) -> Wrapped:
        settings = self._settings
        argv = [*_HAND_OUTPUT, self._program, "run", "--rm", "--interactive", "--pull=never"]
        argv.append("--preserve-fds=2")
        argv += [f"--label={self._mark}", f"--label={ATTEMPT}={command.attempt}"]
        argv += ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
        argv.append(f"--network={'host' if command.network else 'none'}")
        argv += [f"--pids-limit={settings.processes}", f"--memory={settings.memory_bytes}"]
        for name, most in limits(settings, command.file_bytes).items():
            argv.append(f"--ulimit={name}={most}:{most}")
        # Podman's own default may be more than it can give; the number that counts stands above.
        argv += ["--ulimit=nproc=16384:16384"]
        argv.append(_as(self.user))
        argv.append(f"--volume={command.temporary}:/tmp:rw")
        argv += [f"--volume={path}:{path}:ro" for path in (*settings.readable, *command.readable)]
        argv += [f"--volume={path}:{path}:rw" for path in (*settings.writable, command.workspace)]
        argv += [f"--workdir={command.cwd}", "--entrypoint=", settings.image]
        own = {name: value for name, value in os.environ.items() if name.startswith(_OWN)}
        return Wrapped([*argv, *command.argv], own)


def _as(user: User | None) -> str:
    return f"--user={user.uid}:{user.gid}" if user else "--userns=keep-id"


def candidates(settings: SandboxSettings, hidden: Path, own: Path) -> Iterator[Podman | str]:
    program = shutil.which("podman")
    if program is None:
        yield "there is no program podman"
    elif not settings.image:
        yield "no image is set for it"
    else:
        found = Podman(program, settings, own)
        found.sweep()
        yield found
