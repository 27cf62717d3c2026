"""What machines say of the code under review: the likely faults that ruff and mypy know of, and
where it is no code at all."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import JsonValue

from code_agent.checks.looking import Looked, look, names_in
from code_agent.checks.mypy import UNTYPED_TOO, mypy_command
from code_agent.checks.programs import own_program
from code_agent.languages.parsing import Unparsed
from code_agent.languages.syntax import syntax_errors
from code_agent.languages.which import Language
from code_agent.reviewing.findings import (
    Finding,
    Severity,
    plain,
    proven,
    quoted,
    words_of,
)
from code_agent.reviewing.pieces import Piece
from code_agent.trial import Trial
from code_agent.verdict import Check
from executors.projects.diagnostics import Diagnostic
from executors.projects.workplace import how_to_get

RULES = ("F", "E9", "B", "PLE", "S")
"""Of ruff: likely bugs, and what is unsafe. How code looks is no finding."""
NOT_RULES = ("S101", "S311")
"""`assert`, and `random`: both are right more often than not."""
_RUFF = (
    *("check", "--isolated", "--no-cache", "--output-format=json"),
    f"--target-version=py{sys.version_info[0]}{sys.version_info[1]}",
    *(f"--select={','.join(RULES)}", f"--ignore={','.join(NOT_RULES)}"),
)
_NO_FAULTS = ("import", "import-not-found", "import-untyped", "var-annotated")
"""What lies at what is installed here, or is a checker's wish."""
_SAID_BY_RUFF = ("syntax", "name-defined")
_ERRORS = ("F7", "F82", "E9", "PLE", "invalid-syntax")
_NOTES = ("F401", "F541", "F841", "B007")
_USUAL_WORDS = """
the an is are was be to of in it its this that and or not for on with by but has have do use
can may will should must here there when which so as at if you error warning code line name
function variable value local assigned type
"""
_USUAL = frozenset(_USUAL_WORDS.split())
_NAMED = re.compile(r"[`\"'][^`\"']*[`\"']")


@dataclass(frozen=True)
class Said:
    """What one machine says of one line."""

    by: str
    one: Diagnostic

    @property
    def message(self) -> str:
        return plain(f"{self.one.code} {self.one.message}")

    @property
    def proof(self) -> str:
        return plain(f"{self.by}: {self.one.code} {self.one.message}")

    @property
    def severity(self) -> Severity:
        if self.by != "ruff" or self.one.code.startswith(_ERRORS):
            return "error"
        return "note" if self.one.code in _NOTES else "warning"


def look_by_ruff(trial: Trial, files: Sequence[str]) -> Looked:
    program = own_program("ruff")
    if program is None:
        says = f"not installed: {how_to_get('ruff')}"
        return Looked((), Check("ruff", passed=None, says=says, of=trial.digest))
    return look(trial, "ruff", [program, *_RUFF, *names_in(trial, files)])


def look_by_mypy(trial: Trial, files: Sequence[str]) -> Looked:
    argv = mypy_command(names_in(trial, files), "--output=json", UNTYPED_TOO)
    looked = look(trial, "mypy", argv, read=_read_mypy, ends_well=(0, 1, 2))
    return replace(looked, found=tuple(one for one in looked.found if _is_fault(one)))


def syntax_of(path: str, text: str, language: Language) -> Iterator[Said]:
    """By the grammar alone: for languages that no linter here is asked of."""
    try:
        found = syntax_errors(language, text)
    except Unparsed:
        return
    for one in found[:1]:  # what comes after the first is often its echo
        yield Said("grammar", Diagnostic(path, one.line, one.column, "syntax", one.says))


def confirmed(findings: Sequence[Finding], said: Sequence[Said]) -> list[Finding]:
    """Those that say nothing but what a machine says of the same line are put in its words."""
    return [_confirmed(one, said) for one in findings]


def findings_of(said: Sequence[Said], pieces: Sequence[Piece]) -> Iterator[Finding]:
    """Of the lines under review; of a change, those that are new."""
    for one in said:
        for piece in pieces:
            wanted = piece.added if piece.is_change else piece.numbered
            if piece.path == one.one.file and one.one.line in wanted:
                yield Finding(
                    file=piece.path,
                    line=one.one.line,
                    quote=quoted(piece.numbered[one.one.line]),
                    severity=one.severity,
                    message=one.message,
                    proven=True,
                    by=one.by,
                    proof=one.proof,
                )
                break


def _confirmed(finding: Finding, said: Sequence[Said]) -> Finding:
    for one in said:
        here = (one.one.file, one.one.line) == (finding.file, finding.line)
        if here and _says_no_more(finding, one):
            return proven(finding, one.by, one.proof, one.message, one.severity)
    return finding


def _says_no_more(finding: Finding, said: Said) -> bool:
    """A word that both use does not make them one: the line may be wrong in another way than the
    model says. So each of its words must be the machine's or the line's, and names alone tell
    nothing."""
    told = _topics(finding.message)
    known = _topics(f"{said.message} {finding.quote}")
    return told <= known and bool(told & _topics(_NAMED.sub(" ", said.one.message)))


def _topics(text: str) -> set[str]:
    """`undefined` and `not defined` are one, and so are `unused` and `never used`."""
    words = words_of(text) - _USUAL
    return {word.removeprefix("un").removesuffix("s").removesuffix("ed") for word in words}


def _is_fault(one: Diagnostic) -> bool:
    return one.severity == "error" and one.code not in (*_NO_FAULTS, *_SAID_BY_RUFF)


def _read_mypy(output: str, folder: Path) -> list[Diagnostic]:
    return [_by_mypy(json.loads(line)) for line in output.splitlines() if line.startswith("{")]


def _by_mypy(told: dict[str, JsonValue]) -> Diagnostic:
    line, file = told.get("line"), str(told.get("file"))[:300]
    is_error = told.get("severity") == "error"
    return Diagnostic(
        file=file,
        line=line if isinstance(line, int) else 0,
        column=1,
        code=str(told.get("code")),
        message=plain(str(told.get("message"))),
        severity="error" if is_error else "warning",
    )
