"""Runs a handler as an executor does, in a process of its own, but without a broker."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from executors.context import Attempt
from executors.handler import Handler, HandlerSettings
from executors.runner import be_runner
from executors.sandbox import NoSandbox, Sandbox
from executors.secrets import read_secrets
from executors.workspace import Workspace
from ygg.blobs import BlobFiles, inline_content, ref_of
from ygg.ids import new_id
from ygg.settings import Settings, load
from ygg.task import Ending, Envelope, Limits, NamedBlob, Outcome

INLINE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Ended:
    """How an attempt ended, and what it said."""

    outcome: Outcome
    log: str
    progress: list[str]
    kept: BlobFiles
    """The artifacts that the outcome does not carry."""

    @property
    def ok(self) -> bool:
        return self.outcome.ending is Ending.OK

    @property
    def result(self) -> dict[str, JsonValue]:
        assert self.ok, f"{self.outcome.reason} ({self.outcome.hint})\n{self.log}"
        assert isinstance(self.outcome.result, dict)
        return self.outcome.result

    def artifact(self, path: str) -> bytes:
        blob = next(one.blob for one in self.outcome.artifacts if one.path == path)
        content = inline_content(blob)
        return self.kept.path(blob.sha256).read_bytes() if content is None else content


class Running:
    """An attempt that has begun."""

    def __init__(self, pid: int, control: int, folder: Path, workspace: Workspace) -> None:
        self.pid = pid
        self.workspace = workspace
        self._control = control
        self._folder = folder

    def stop(self) -> None:
        """Ask it to, as a cancel does, all that it runs too."""
        os.killpg(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """As the loss of its machine would. The workspace stays."""
        os.killpg(self.pid, signal.SIGKILL)
        self._wait()

    def wait(self) -> Ended:
        lines = [json.loads(line) for line in self._wait().splitlines()]
        said = [line["log"] for line in lines if "log" in line]
        wrote = [(self._folder / name).read_text(errors="replace") for name in ("out", "err")]
        log = "".join([*said, *wrote])
        self.workspace.remove()
        outcomes = [line["outcome"] for line in lines if "outcome" in line]
        assert outcomes, f"the attempt ended without an outcome: {lines[-3:]}\n{log}"
        return Ended(
            Outcome.model_validate(outcomes[0]),
            log,
            [line["progress"][1] for line in lines if "progress" in line],
            BlobFiles(self._folder / "kept"),
        )

    def _wait(self) -> str:
        with os.fdopen(self._control) as control:
            said = control.read()
        os.waitpid(self.pid, 0)
        return said


class Runner:
    """Attempts that share a data folder, as those of one executor do."""

    def __init__(
        self, folder: Path, sandbox: Sandbox | NoSandbox | None = None, **settings: object
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.settings: Settings = load(
            data_dir=folder / "data", delivery={"inline_bytes": INLINE_BYTES}, **settings
        )

    @property
    def cache(self) -> Path:
        return self.settings.data_dir / "cache" / self.settings.executor.name

    def run(
        self,
        handler: Handler,
        params: Mapping[str, JsonValue],
        settings: HandlerSettings | Sequence[HandlerSettings] = (),
        files: Mapping[str, str | bytes] | None = None,
    ) -> Ended:
        return self.begin(handler, params, settings, files).wait()

    def begin(
        self,
        handler: Handler,
        params: Mapping[str, JsonValue],
        settings: HandlerSettings | Sequence[HandlerSettings] = (),
        files: Mapping[str, str | bytes] | None = None,
    ) -> Running:
        bound_to = [settings] if isinstance(settings, HandlerSettings) else settings
        envelope = Envelope(
            task_id=new_id(),
            attempt=1,
            label=handler.label,
            params=dict(params),
            inputs=tuple(_input(name, content) for name, content in (files or {}).items()),
            limits=Limits(),
        )
        folder = self.folder / "attempts" / envelope.task_id
        folder.mkdir(parents=True)
        workspace = Workspace(folder / "workspace")
        workspace.make()
        attempt = Attempt(
            envelope=envelope,
            handler=handler.bound(*bound_to) if bound_to else handler,
            settings=self.settings,
            workspace=workspace,
            kept=BlobFiles(folder / "kept"),
            sandbox=self.sandbox,
            secrets=read_secrets(self.settings.secrets, handler.label),
            supervisor=os.getpid(),
            mark="test",
        )
        return _fork(attempt, folder)


def _fork(attempt: Attempt, folder: Path) -> Running:
    ours, control = os.pipe()
    output = [os.open(folder / name, os.O_WRONLY | os.O_CREAT) for name in ("out", "err")]
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        be_runner(attempt, output[0], output[1], control)
    for number in (control, *output):
        os.close(number)
    return Running(pid, ours, folder, attempt.workspace)


def _input(name: str, content: str | bytes) -> NamedBlob:
    data = content if isinstance(content, bytes) else content.encode()
    return NamedBlob(path=name, blob=ref_of(data, inline_bytes=INLINE_BYTES))
