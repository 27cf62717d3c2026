"""`code-fix-lint`: what a linter finds, corrected: by itself where it can, else by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field, JsonValue

from code_agent.checks.tests_of_work import TestsOfWork
from code_agent.linting.agreement import Agreement
from code_agent.linting.cleaning import Cleaning
from code_agent.linting.linters import Linter, LinterName, linter_of
from code_agent.params import Asked
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from code_agent.verdict import Judgement
from executors.handler import Context, Failed, WorkspacePath, handler
from executors.models.asking import HALF_HOUR, Models
from executors.projects.diagnostics import Diagnostic
from executors.sources import RepositorySettings
from ygg.task import Outcome

MOST_FILES = 200
MOST_TOLD = 100
Rule = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z@][A-Za-z0-9@:/_-]*$",
        max_length=100,
        json_schema_extra={"x-allowed": "a rule's name: F401, B, no-unused-vars"},
    ),
]


class FixLint(Asked):
    linter: LinterName = "ruff"
    """What looks at the code; one that is missing on the executor's machine is said."""
    select: Annotated[list[Rule], Field(max_length=50)] = Field(default=[], examples=[["F", "B"]])
    """Only these rules; by default those that the project's settings select."""
    tests: Annotated[list[WorkspacePath], Field(max_length=50)] = Field(
        default=[], examples=[["tests/test_slow.py"]]
    )
    """Files of pytest tests, below `path`, that must pass; by default all that the project has."""


@handler(
    "code-fix-lint",
    summary="Correct what a linter finds: its own safe fixes first, then the model, none silenced.",
    untrusted=True,
    tier=1,
    limits=HALF_HOUR,
    examples=({"code": "total = 6 * 7;", "select": ["E7"]},),
    commands=(
        "printf 'total = 6 * 7;\\nprint(total)\\n' > answer.py && "
        "ygg submit --label code-fix-lint --file answer.py --wait",
    ),
)
def fix_lint(
    params: FixLint,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _fix(session, params))


def _fix(session: Session, params: FixLint) -> Outcome:
    linter = linter_of(params.linter, params.select, session.work.checkout.folder)
    given = {path: session.work.text(path) for path in _files(session, linter)}
    tests = TestsOfWork(session.work, tuple(params.tests))
    agreement = Agreement(session.work, params.seed)
    cleaning = Cleaning(session, linter, tests, agreement, given)
    cleaning.do()
    judged = _judged(cleaning)
    left = cleaning.left()
    changed = {path: text for path, text in cleaning.texts.items() if text != given[path]}
    return session.outcome(
        judged,
        changed,
        cleaning.tried,
        found=_told(cleaning.targets),
        fixed=len(cleaning.targets) - len(left),
        fixed_by_linter=cleaning.by_linter,
        left=[one.as_data() | {"why": why} for one, why in left[:MOST_TOLD]],
    )


def _judged(cleaning: Cleaning) -> Judgement:
    judged = cleaning.judged()
    if not cleaning.targets and not judged.feedback:
        return replace(judged, reason=f"{cleaning.linter.name} finds nothing to correct")
    return judged


def _files(session: Session, linter: Linter) -> list[str]:
    """Those to work on that the linter can read, and of a repository by default tests as well."""
    suffixes = linter.tool.suffixes
    chosen = session.chosen(lambda path, text: 1, linted=suffixes, most=MOST_FILES)
    found = [path for path in chosen if path.endswith(suffixes)]
    if not found:
        raise Failed(f"there are no files here for {linter.name}", "give files, path or repo")
    if len(found) > MOST_FILES:
        says = f"{len(found)} files are too many at a time: {MOST_FILES} are the most"
        raise Failed(says, "name some in files")
    return found


def _told(found: Sequence[Diagnostic]) -> list[JsonValue]:
    return [one.as_data() for one in found[:MOST_TOLD]]
