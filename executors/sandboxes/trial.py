"""Which sandbox works on this machine: found out by trying each, at an executor's start."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from executors.sandbox import UMASK, Confined, NoSandbox, Sandbox, give, prepared
from executors.sandboxes import bubblewrap, podman
from ygg.errors import BadInput
from ygg.machine_settings import SandboxSettings

TRY_SECONDS = 20.0
HINT = (
    "install bubblewrap and allow unprivileged user namespaces; or podman, with an image in "
    '[sandbox] image; or, if you trust whoever may submit: [sandbox] use = "off"'
)
Candidates = Callable[[SandboxSettings, Path, Path], Iterator[Sandbox | str]]
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
cat /etc/passwd >/dev/null || { echo 'it cannot read /etc'; exit 1; }
eval "set -- $SECRET"
for file; do [ ! -r "$file" ] || { echo "it can read $file"; exit 1; }; done
"""


def find_sandbox(
    settings: SandboxSettings, hidden: Path, own: Path, secret: Sequence[Path] = ()
) -> Sandbox | NoSandbox | None:
    """The one that the settings name, or the first that proves to be one; nothing if it is off.

    Nothing in `hidden` may be seen, and none of the `secret` files read. `own` is this executor's.
    """
    if settings.use == "off":
        return None
    check_shown(settings)
    tried: list[str] = []
    for name, candidates in KINDS.items():
        if settings.use not in ("auto", name):
            continue
        for found in _each(candidates(settings, hidden, own)):
            trouble = found if isinstance(found, str) else trouble_with(found, hidden, secret)
            if not (trouble or isinstance(found, str)):
                return found
            tried.append(f"{name}: {trouble}")
    return NoSandbox("no sandbox works here: " + "; ".join(dict.fromkeys(tried)), HINT)


def check_shown(settings: SandboxSettings) -> None:
    for field in ("readable", "writable"):
        for path in getattr(settings, field):
            if not path.is_absolute() or not path.exists():
                raise BadInput(
                    f"{path} is not there", field=f"sandbox.{field}", hint="name it from the root"
                )


def _each(candidates: Iterator[Sandbox | str]) -> Iterator[Sandbox | str]:
    try:
        yield from candidates
    except (OSError, subprocess.SubprocessError) as error:
        yield str(error)


def trouble_with(sandbox: Sandbox, hidden: Path, secret: Sequence[Path] = ()) -> str:
    """Why it does not confine here what it should; nothing when it does."""
    with tempfile.TemporaryDirectory(dir=hidden) as folder:
        workspace, temporary, unseen = (Path(folder, one) for one in ("files", "tmp", "secret"))
        for one in (workspace, temporary, unseen):
            one.mkdir()
        files = shlex.join(map(str, secret))
        proof = Confined(["sh", "-c", _PROOF], workspace, workspace, temporary)
        told = {"HIDDEN": str(unseen), "SECRET": files}
        try:
            done = run_confined(sandbox, proof, told, TRY_SECONDS)
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
    with prepared(command, variables, *sandbox.first(command)) as begun:
        give(sandbox.user, command.workspace, command.temporary)
        with sandbox.wrap(begun).opened() as wrapped:
            return subprocess.run(
                wrapped.argv,
                env=wrapped.env,
                pass_fds=wrapped.numbers,
                cwd="/",
                input=said,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                umask=UMASK,
                check=False,
            )
