"""The linters that code can be corrected for: how each looks, and what it corrects itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from code_agent.checks.looking import Looked, look, names_in
from code_agent.checks.programs import own_program
from code_agent.trial import Trial
from code_agent.verdict import Check
from executors.exits import how_it_ended, last_line
from executors.handler import Failed
from executors.projects.diagnostics import Diagnostic
from executors.projects.kinds import Folder
from executors.projects.tools import LINTERS, Tool, commands
from executors.projects.workplace import how_to_get, program_in

LinterName = Literal["ruff", "eslint", "vet", "clippy", "shellcheck"]

_RUFF = ("check", "--no-cache")
_ONLY_SAFE = ("--fix", "--no-unsafe-fixes", "--exit-zero", "--quiet")
_FIXES: Mapping[str, Sequence[str]] = {
    "eslint": ("--fix",),
    "clippy": ("clippy", "--fix", "--allow-no-vcs", "--offline", "--quiet", "--all-targets"),
}
"""The others correct nothing themselves."""


@dataclass(frozen=True)
class Linter:
    tool: Tool
    program: str
    select: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.tool.name

    def look(self, trial: Trial, files: Sequence[str]) -> Looked:
        """At these files; some linters cannot but look at the whole project."""
        found: list[Diagnostic] = []
        check: Check | None = None
        for argv in self._looks(trial, files):
            looked = look(trial, self.name, argv, ends_well=self.tool.well)
            found += [one for one in looked.found if self._is_wanted(one)]
            check = looked.check
            if not looked.ran:
                break
        if check is None:
            raise Failed(f"there are no files for {self.name}")
        return Looked(tuple(found), check)

    def fix(self, trial: Trial, files: Sequence[str]) -> str:
        """What it corrects safely. It answers what went wrong, if anything did."""
        argv = self._fixes(trial, files)
        if argv is None:
            return ""
        ran = trial.run(argv)
        if ran.timed_out or ran.exit_code not in self.tool.well:
            return f"{self.name}: {how_it_ended(ran)}: {last_line(ran)}"
        return ""

    def _looks(self, trial: Trial, files: Sequence[str]) -> list[list[str]]:
        named = names_in(trial, files)
        if self.name == "ruff":
            return [[self.program, *_RUFF, "--output-format=json", *self._rules(), *named]]
        bare = [one.removeprefix("./") for one in named]
        return commands(self.tool, self.program, bare, Folder(trial.folder))

    def _fixes(self, trial: Trial, files: Sequence[str]) -> list[str] | None:
        named = names_in(trial, files)
        if self.name == "ruff":
            return [self.program, *_RUFF, *_ONLY_SAFE, *self._rules(), *named]
        if self.name not in _FIXES:
            return None
        return [self.program, *_FIXES[self.name], *([] if self.name == "clippy" else named)]

    def _rules(self) -> list[str]:
        return [f"--select={','.join(self.select)}"] if self.select else []

    def _is_wanted(self, one: Diagnostic) -> bool:
        return self.name == "ruff" or not self.select or one.code in self.select


def linter_of(name: LinterName, select: Sequence[str], folder: Path) -> Linter:
    tool = LINTERS[name]
    # What a project brings along is its own word; for ruff there is no need of that.
    program = own_program("ruff") if name == "ruff" else program_in(folder, tool.program)
    if program is None:
        raise Failed(
            f"{tool.program} is not installed on the executor's machine", how_to_get(tool.program)
        )
    return Linter(tool, program, tuple(select))
