"""Which sandbox works on this machine: found out by trying each, at an executor's start."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from executors.sandbox import UMASK, Confined, NoSandbox, Sandbox, give, prepared
from executors.sandboxes import bubblewrap, podman
from ygg.settings import SandboxSettings

TRY_SECONDS = 20.0
HINT = (
    "install bubblewrap and allow unprivileged user namespaces; or podman, with an image in "
    '[sandbox] image; or, if you trust whoever may submit: [sandbox] use = "off"'
)
Candidates = Callable[[SandboxSettings, Path], Iterator[Sandbox | str]]
KINDS: dict[str, Candidates] = {
    "bubblewrap": bubblewrap.candidates,
    "podman": podman.candidates,
}

# What a sandbox is for, from inside: to write here and nowhere else, and to reach nobody.
_PROOF = """
[ "$(id -u)" != 0 ] || { echo 'it runs as root'; exit 1; }
echo kept > proof || { echo 'its workspace cannot be written'; exit 1; }
echo kept > /tmp/proof || { echo 'it has no /tmp'; exit 1; }
! { echo bad > /usr/proof; } 2>/dev/null || { echo 'it may write the system'; exit 1; }
! ls "$HIDDEN" >/dev/null 2>&1 || { echo "it sees the executor's own files"; exit 1; }
[ "$(grep -c : /proc/net/dev)" -le 1 ] || { echo 'it has a network'; exit 1; }
"""


def find_sandbox(settings: SandboxSettings, data_dir: Path) -> Sandbox | NoSandbox | None:
    """The one that the settings name, or the first that proves to be one; nothing if it is off."""
    if settings.use == "off":
        return None
    tried: list[str] = []
    for name, candidates in KINDS.items():
        if settings.use not in ("auto", name):
            continue
        for found in candidates(settings, data_dir):
            trouble = found if isinstance(found, str) else trouble_with(found, data_dir)
            if not (trouble or isinstance(found, str)):
                return found
            tried.append(f"{name}: {trouble}")
    return NoSandbox("no sandbox works here: " + "; ".join(dict.fromkeys(tried)), HINT)


def trouble_with(sandbox: Sandbox, data_dir: Path) -> str:
    """Why it does not confine here what it should; nothing when it does."""
    with tempfile.TemporaryDirectory(dir=data_dir) as folder:
        workspace, temporary, secret = (Path(folder, one) for one in ("files", "tmp", "secret"))
        for one in (workspace, temporary, secret):
            one.mkdir()
        proof = Confined(["sh", "-c", _PROOF], workspace, workspace, temporary)
        try:
            done = run_confined(sandbox, proof, {"HIDDEN": str(secret)}, TRY_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
        said = (done.stdout + done.stderr).strip().splitlines()
        if done.returncode:
            return said[-1] if said else f"exit code {done.returncode}"
        return "" if (workspace / "proof").exists() else "what it wrote is not there"


def run_confined(
    sandbox: Sandbox,
    command: Confined,
    variables: Mapping[str, str],
    seconds: float,
    said: str = "",
) -> subprocess.CompletedProcess[str]:
    """Outside of a task: for this trial, and for tests."""
    with prepared(command, variables, *sandbox.first) as begun:
        give(sandbox.user, command.workspace, command.temporary)
        wrapped = sandbox.wrap(begun)
        return subprocess.run(
            wrapped.argv,
            env=wrapped.env,
            cwd="/",
            input=said,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            umask=UMASK,
            check=False,
        )
