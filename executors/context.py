"""What a handler's context does in the attempt's own process: see `executors.handler.Context`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from executors.command import Command, run_command
from executors.handler import TAIL_BYTES, Failed, Handler, Ran
from executors.redact import Redactor
from executors.sandbox import FIXED, Confined, NoSandbox, Sandbox, give, prepared
from executors.sandboxes import toolchains
from executors.secrets import Secrets, secret_variables
from executors.workspace import MOST_ARTIFACTS, Workspace
from ygg.blobs import BlobFiles, attempt_name, ref_of
from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.task import Envelope, NamedBlob

INLINE_TOTAL = 4
"""So many times `delivery.inline_bytes` may travel inside one outcome."""

LOG_LENGTH = 8 * 1024

_HIDDEN = ("YGG_", "CELERY_", "_MP_FORK_")
"""Variables of the executor that are none of a task's business: the broker's password is there."""


@dataclass(frozen=True)
class Attempt:
    """All that a runner needs to know."""

    envelope: Envelope
    handler: Handler
    settings: Settings
    workspace: Workspace
    kept: BlobFiles
    """Where artifacts go that are too large for the outcome."""
    sandbox: Sandbox | NoSandbox | None
    """For untrusted commands; nothing: the machine's owner wants none."""
    secrets: Secrets
    supervisor: int
    """The process that watches this one."""
    mark: str
    """Found in the environment of everything the executor starts."""


class RunnerContext:
    def __init__(self, attempt: Attempt, control: int) -> None:
        self.task_id = attempt.envelope.task_id
        self.attempt = attempt.envelope.attempt
        self.label = attempt.envelope.label
        self.workspace = attempt.workspace.files
        self.secrets = attempt.secrets
        self.cancelled = False
        self.artifacts: list[NamedBlob] = []
        self.warnings: list[str] = []
        self._redactor = Redactor(attempt.secrets.values())
        self._attempt = attempt
        self._control = control
        self._kept_bytes = 0
        self._inline_left = attempt.settings.delivery.inline_bytes * INLINE_TOTAL

    def log(self, text: str) -> None:
        text = self._redactor.text(text if text.endswith("\n") else text + "\n")
        for start in range(0, len(text), LOG_LENGTH):
            self.send({"log": text[start : start + LOG_LENGTH]})

    def progress(self, fraction: float, message: str = "") -> None:
        self.send({"progress": [float(fraction), self._redactor.text(message)[:LOG_LENGTH]]})

    def warn(self, text: str) -> None:
        self.warnings.append(text.encode(errors="replace").decode())

    @property
    def cache(self) -> Path:
        folder = self._attempt.settings.data_dir / "cache" / self._attempt.settings.executor.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        logged: bool = True,
        keep_bytes: int = TAIL_BYTES,
        seconds: float | None = None,
        confined: bool | None = None,
        network: bool = False,
        readable: Sequence[Path] = (),
    ) -> Ran:
        if not argv:
            raise Failed("there is no command to run")
        command = Command(
            argv=argv,
            cwd=cwd or self.workspace,
            env=self._environment() | {"PWD": str(cwd or self.workspace)} | dict(env or {}),
            stdin=stdin,
            temporary=self._attempt.workspace.temporary,
            logged=logged,
            keep_bytes=keep_bytes,
            seconds=seconds,
        )
        untrusted = self._attempt.handler.offer.untrusted if confined is None else confined
        sandbox = self._attempt.sandbox
        if not untrusted or sandbox is None:
            return self._masked(run_command(command))
        if isinstance(sandbox, NoSandbox):
            raise Failed(sandbox.reason, sandbox.hint)
        return self._run_confined(command, sandbox, env or {}, network, readable)

    def _run_confined(
        self,
        command: Command,
        sandbox: Sandbox,
        env: Mapping[str, str],
        network: bool,
        readable: Sequence[Path],
    ) -> Ran:
        settings = self._attempt.settings
        if network and not settings.sandbox.network:
            raise Failed(
                "the network is closed to untrusted code here",
                "on the executor's machine: [sandbox] network = true",
            )
        _check_there(command, programs=sandbox.sees_machine)
        (command.temporary / "home").mkdir(exist_ok=True)
        own = {**FIXED, **sandbox.variables(), **self._marks(), "PWD": str(command.cwd)}
        confined = Confined(
            argv=command.argv,
            cwd=command.cwd,
            workspace=self.workspace,
            temporary=command.temporary,
            network=network,
            readable=readable,
            attempt=attempt_name(self.task_id, self.attempt),
            file_bytes=settings.executor.workspace_bytes,
        )
        with prepared(confined, {**own, **env}, *sandbox.first(confined)) as begun:
            give(sandbox.user, self.workspace, command.temporary)
            with sandbox.wrap(begun).opened() as wrapped:
                ran = run_command(
                    replace(
                        command,
                        argv=wrapped.argv,
                        env=wrapped.env,
                        numbers=wrapped.numbers,
                        cwd=Path("/"),
                        apart=True,
                    )
                )
        return self._masked(ran)

    def _masked(self, ran: Ran) -> Ran:
        """Before somebody cuts what it wrote: half a secret would not be known for one."""
        fragment = self._redactor.fragment
        return replace(ran, stdout=fragment(ran.stdout), stderr=fragment(ran.stderr))

    def artifact(self, pattern: str) -> None:
        """What cannot be kept is a warning: the work is done and its result stands."""
        try:
            found = self._attempt.workspace.find(pattern)
            if not found:
                raise BadInput(f"no file matches {pattern}")
        except BadInput as error:
            self.warn(f"artifact not kept: {error.message}")
            return
        for path in found:
            try:
                self._keep(path)
            except BadInput as error:
                self.warn(f"artifact not kept: {error.message}")

    def _keep(self, path: PurePosixPath) -> None:
        if len(self.artifacts) >= MOST_ARTIFACTS:
            raise BadInput(f"{path}: {MOST_ARTIFACTS} are kept already")
        if not _is_text(path):
            raise BadInput(f"{path}: its name is not UTF-8")
        if self._redactor.text(str(path)) != str(path):
            raise BadInput("its name holds a secret")
        if path.as_posix() in (one.path for one in self.artifacts):
            return
        delivery = self._attempt.settings.delivery
        content = self._attempt.workspace.read(path, delivery.blob_bytes)
        # A file full of holes takes no room in the workspace, and all of it among the artifacts.
        self._kept_bytes += len(content)
        if self._kept_bytes > delivery.blobs_total_bytes:
            raise BadInput(f"{path}: {delivery.blobs_total_bytes} bytes are the most of one task")
        ref = ref_of(content, inline_bytes=min(self._inline_left, delivery.inline_bytes))
        if ref.inline_base64 is None:
            self._attempt.kept.write(content)
        else:
            self._inline_left -= len(content)
        self.artifacts.append(NamedBlob(path=path.as_posix(), blob=ref))

    def send(self, message: dict[str, object]) -> None:
        line = json.dumps(message, ensure_ascii=True).encode() + b"\n"
        while line:
            line = line[os.write(self._control, line) :]

    def _environment(self) -> dict[str, str]:
        """The executor's, less what is none of a task's business."""
        hidden = secret_variables(self._attempt.settings.secrets)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_HIDDEN) and name not in hidden
        }
        kept.pop("OLDPWD", None)
        kept["PATH"] = toolchains.path(os.environ)
        kept["TMPDIR"] = str(self._attempt.workspace.temporary)
        return kept | self._marks()

    def _marks(self) -> dict[str, str]:
        return {
            "YGGDRASIL_TASK": f"{self.task_id}.{self.attempt}",
            "YGGDRASIL_EXECUTOR": self._attempt.mark,
        }


def _is_text(path: PurePosixPath) -> bool:
    """Any bytes can be a file's name; what travels is UTF-8."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_there(command: Command, *, programs: bool) -> None:
    """Said here, where the names are known: inside, some other program would fail instead."""
    program = command.argv[0]
    # Of os.path, which answers no where pathlib would raise: for a name that is too long.
    if not os.path.isdir(command.cwd):  # noqa: PTH112
        raise Failed(f"no such folder in the workspace: {command.cwd.name}")
    found = os.path.join(command.cwd, program)  # noqa: PTH118
    if "/" not in program:
        if programs and shutil.which(program, path=toolchains.path(os.environ)) is None:
            hint = "is it installed on the executor's machine?"
            raise Failed(f"command not found: {program}", hint)
    elif program.startswith("/"):
        return  # whether it is there is not for everybody to know
    elif not os.path.exists(found):  # noqa: PTH110
        raise Failed(f"command not found: {program}", "it must be in the workspace or the system")
    elif not os.access(found, os.X_OK):
        raise Failed(f"not executable: {program}")
