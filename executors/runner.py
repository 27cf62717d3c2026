"""A task's own process: forked for one attempt, it runs the handler and reports on a pipe.

One line of JSON at a time goes to the supervisor: `{"log": …}`, `{"progress": [fraction, …]}` and
at the end `{"outcome": …}` or `{"stopped": true}`. Standard output and error are pipes of the
supervisor as well.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import FrameType
from typing import Never

from redis.exceptions import RedisError

from executors.command import run_command
from executors.handler import Handler, Ran, Stopped
from executors.inputs import Inputs
from executors.outcome import bounded, failed, run_handler
from executors.processes import die_with_parent
from executors.workspace import MOST_ARTIFACTS, Workspace
from ygg.blobs import BlobFiles, attempt_name, ref_of
from ygg.errors import BadInput, NotFound
from ygg.settings import Settings
from ygg.task import Ending, Envelope, NamedBlob, Outcome

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
    supervisor: int
    """The process that watches this one."""
    mark: str
    """Found in the environment of everything the executor starts."""


def be_runner(attempt: Attempt, stdout: int, stderr: int, control: int) -> Never:
    """In the forked process; never comes back."""
    code = 70
    try:
        os.setsid()
        die_with_parent(attempt.supervisor)
        context = RunnerContext(attempt, control)
        _reset_signals(context)
        _redirect(stdout, stderr)
        context.send({"outcome": _run(attempt, context).model_dump(mode="json")})
        code = 0
    except Stopped:
        context.send({"stopped": True})
        code = 0
    except BaseException:
        logging.getLogger(__name__).exception("The runner failed")
    finally:
        _flush()
        os._exit(code)


class RunnerContext:
    def __init__(self, attempt: Attempt, control: int) -> None:
        self.task_id = attempt.envelope.task_id
        self.attempt = attempt.envelope.attempt
        self.label = attempt.envelope.label
        self.workspace = attempt.workspace.files
        self.cancelled = False
        self.artifacts: list[NamedBlob] = []
        self.warnings: list[str] = []
        self._attempt = attempt
        self._control = control
        self._inline_left = attempt.settings.delivery.inline_bytes * INLINE_TOTAL

    def log(self, text: str) -> None:
        text = text if text.endswith("\n") else text + "\n"
        for start in range(0, len(text), LOG_LENGTH):
            self.send({"log": text[start : start + LOG_LENGTH]})

    def progress(self, fraction: float, message: str = "") -> None:
        self.send({"progress": [float(fraction), message[:LOG_LENGTH]]})

    def warn(self, text: str) -> None:
        self.warnings.append(text.encode(errors="replace").decode())

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
    ) -> Ran:
        return run_command(
            argv,
            cwd=cwd or self.workspace,
            env=self._environment() | {"PWD": str(cwd or self.workspace)} | dict(env or {}),
            stdin=stdin,
            temporary=self._attempt.workspace.temporary,
        )

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
        delivery = self._attempt.settings.delivery
        content = self._attempt.workspace.read(path, delivery.blob_bytes)
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
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
        kept.pop("OLDPWD", None)
        kept["TMPDIR"] = str(self._attempt.workspace.temporary)
        kept["YGGDRASIL_TASK"] = f"{self.task_id}.{self.attempt}"
        kept["YGGDRASIL_EXECUTOR"] = self._attempt.mark
        return kept


def _is_text(path: PurePosixPath) -> bool:
    """Any bytes can be a file's name; what travels is UTF-8."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        return False
    return True


def _run(attempt: Attempt, context: RunnerContext) -> Outcome:
    try:
        inputs = Inputs(attempt.settings, attempt_name(context.task_id, context.attempt))
        attempt.workspace.write_inputs(attempt.envelope.inputs, inputs)
        inputs.drop()
    except BadInput as error:
        return failed(error.message)
    except (NotFound, RedisError) as error:
        return Outcome(ending=Ending.RETURNED, cause="unavailable", reason=f"input: {error}")
    os.chdir(context.workspace)
    outcome = run_handler(attempt.handler, attempt.envelope.params, context)
    return bounded(
        outcome.model_copy(
            update={
                "artifacts": (*outcome.artifacts, *context.artifacts),
                "warnings": (*outcome.warnings, *context.warnings),
            }
        )
    )


def _reset_signals(context: RunnerContext) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)

    def stop(number: int, frame: FrameType | None) -> None:
        first = not context.cancelled
        context.cancelled = True
        if first:
            raise Stopped

    signal.signal(signal.SIGTERM, stop)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _redirect(stdout: int, stderr: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  for as long as the process lives
    sys.stdout = open(1, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="replace", closefd=False)  # noqa: SIM115
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [handler]


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
