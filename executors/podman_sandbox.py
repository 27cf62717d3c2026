"""The second sandbox: podman, for machines where bubblewrap is not to be had.

A command takes a few tenths of a second more to start, and sees the system of an image instead of
the machine's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from executors.sandbox import Confined, User, sandbox_user
from ygg.settings import SandboxSettings

LABEL = "yggdrasil.sandbox"


class Podman:
    name = "podman"

    def __init__(self, program: str, settings: SandboxSettings) -> None:
        self._program = program
        self._settings = settings
        self.user = sandbox_user(settings)

    def wrap(self, command: Confined) -> list[str]:
        settings = self._settings
        argv = [self._program, "run", "--rm", "--pull=never", f"--label={LABEL}", "--init"]
        argv += ["--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"]
        argv.append(f"--network={'host' if command.network else 'none'}")
        argv += [f"--pids-limit={settings.processes}", f"--memory={settings.memory_bytes}"]
        argv += [f"--ulimit=nofile={settings.open_files}:{settings.open_files}"]
        argv.append(_as(self.user))
        # Names alone: podman takes the values from its own environment, out of sight of `ps`.
        argv += [f"--env={name}" for name in command.env if name != "PATH"]
        argv.append(f"--volume={command.temporary}:/tmp:rw")
        argv += [f"--volume={path}:{path}:ro" for path in (*settings.readable, *command.readable)]
        argv += [f"--volume={path}:{path}:rw" for path in (*settings.writable, command.workspace)]
        argv += [f"--workdir={command.cwd}", "--entrypoint=", settings.image]
        return [*argv, *command.argv]


def _as(user: User | None) -> str:
    return f"--user={user.uid}:{user.gid}" if user else "--userns=keep-id"


def candidates(settings: SandboxSettings, hidden: Path) -> Iterator[Podman | str]:
    program = shutil.which("podman")
    if program is None:
        yield "there is no program podman"
    elif not settings.image:
        yield "no image is set for it"
    else:
        yield Podman(program, settings)
