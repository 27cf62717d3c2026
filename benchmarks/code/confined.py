"""A sandbox for what models wrote: results are judged in it, and a project's tests shown."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.code_tasks.judge import (
    RUN_TRIALS,
    Ruling,
    lay_down,
    read_outcomes,
    ruling,
    trials,
)
from benchmarks.code_tasks.run_trials import TRIAL_SECONDS
from benchmarks.code_tasks.static import complaints
from benchmarks.code_tasks.task import Files, Result, Task
from benchmarks.wait import BenchmarkError
from executors.projects.workplace import beside
from executors.sandbox import FIXED, Confined, NoSandbox, Sandbox
from executors.sandboxes.trial import find_sandbox, run_confined
from ygg.machine_settings import SandboxSettings

START_SECONDS = 30.0
FOLDERS = "folders"
SEEN_CHARACTERS = 3000
PYTEST = ("-m", "pytest", "-q", "--tb=short", "--color=no", "-p", "no:cacheprovider")


class Bench:
    """Where code is run that nobody vouches for."""

    def __init__(self, settings: SandboxSettings, folder: Path) -> None:
        self._folder = folder
        self._sandbox = _sandbox(settings, folder)

    def ruling(self, task: Task, result: Result) -> Ruling:
        folders = {} if complaints(task, result) else trials(task, result)
        if not folders:
            return ruling(task, result, {})
        laid = {f"{FOLDERS}/{name}": files for name, files in folders.items()}
        seconds = START_SECONDS + TRIAL_SECONDS * len(folders)
        program = {RUN_TRIALS.name: RUN_TRIALS.read_text(encoding="utf-8")}
        output = self._run(["-I", "-B", RUN_TRIALS.name, FOLDERS], {**laid, ".": program}, seconds)
        return ruling(task, result, read_outcomes(output))

    def test_output(self, files: Files) -> str:
        """The end of what pytest says of a project, as a person would see it."""
        said = self._run(["-B", *PYTEST], {".": files}, START_SECONDS)
        return said.strip()[-SEEN_CHARACTERS:]

    def _run(self, argv: Sequence[str], folders: Mapping[str, Files], seconds: float) -> str:
        """What Python wrote to standard output; nothing where it did not come to an end."""
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            workspace, temporary = Path(scratch, "files"), Path(scratch, "tmp")
            (temporary / "home").mkdir(parents=True)
            workspace.mkdir()
            lay_down(folders, workspace)
            command = Confined(
                [sys.executable, *argv],
                workspace,
                workspace,
                temporary,
                readable=beside(sys.executable),
            )
            variables = {**FIXED, **self._sandbox.variables()}
            try:
                return run_confined(self._sandbox, command, variables, seconds).stdout
            except subprocess.TimeoutExpired:
                return ""


def _sandbox(settings: SandboxSettings, folder: Path) -> Sandbox:
    found = find_sandbox(settings, folder, folder / "own")
    if found is None:
        raise BenchmarkError('results are judged in a sandbox, and [sandbox] use is "off"')
    if isinstance(found, NoSandbox):
        raise BenchmarkError(f"results are judged in a sandbox: {found.reason}; {found.hint}")
    return found
