"""What can be said of a file in any language: its syntax, and what its own tools find."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from code_agent.checks.rules import rule
from code_agent.languages.checks import CHECKERS, Checkers, reader_commands, well_formed
from code_agent.languages.syntax import trouble_in
from code_agent.languages.which import Language
from code_agent.trial import Trial
from code_agent.verdict import Check
from executors.exits import said
from executors.handler import Ran
from executors.projects.kinds import Folder
from executors.projects.tools import Tool, commands
from executors.projects.workplace import program_in

SYNTAX, FORM, LINT = "syntax", "form", "lint"


def by_its_tools(trial: Trial, language: Language, path: str, code: str) -> Iterator[Check]:
    """Its syntax must be right. What a formatter or a linter would have otherwise is said, and no
    more than that: it makes code neither right nor wrong."""
    yield rule(SYNTAX, code, lambda: trouble_in(language, code))
    known, folder = CHECKERS[language], Folder(trial.folder)
    if known.reader and (program := program_in(trial.folder, known.reader.program)):
        for argv in reader_commands(known.reader, program, [path], folder):
            yield trial.check(known.reader.name, argv)
    yield from _as_wished(trial, known, path, folder)


def _as_wished(trial: Trial, known: Checkers, path: str, folder: Folder) -> Iterator[Check]:
    for name, tool in ((FORM, known.formatter), (LINT, known.linter)):
        program = program_in(trial.folder, tool.program)
        if program is None or tool.whole or not path.endswith(tool.suffixes):
            continue
        for argv in commands(tool, program, [path], folder):
            yield trial.check(name, argv, partial(_wish, tool))


def _wish(tool: Tool, ran: Ran) -> tuple[bool | None, str]:
    if well_formed(ran.exit_code, ran.stdout + ran.stderr):
        return True, ""
    return None, f"{tool.name} would have it otherwise: {said(ran)}"
