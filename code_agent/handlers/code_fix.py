"""`code-fix`: make a project's failing checks pass, one function at a time."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from code_agent.checks.suite_of_project import project_checks
from code_agent.fixing.loop import Bounds, Loop
from code_agent.fixing.progress import Seen
from code_agent.fixing.project import Limits, begin
from code_agent.fixing.stops import Stopped
from code_agent.params import CodeTask
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from code_agent.verdict import Judgement, judgement
from executors.handler import Context, Failed, WorkspacePath, handler
from executors.models.asking import HALF_HOUR, Models
from executors.projects.kinds import Runner
from executors.projects.params import Variables, Word, Words
from executors.projects.suite_results import NoTests
from executors.sources import RepositorySettings
from ygg.task import Outcome, Verdict

Globs = Annotated[list[WorkspacePath], Field(max_length=50)]
NAMES_SHOWN = 50


class Fix(CodeTask):
    """A project with tests that fail, or with another check that does."""

    runner: Runner | None = None
    """What runs the tests; by default told by the files in the folder."""
    args: Words = Field(default=[], examples=[["-k", "parser"]])
    """Added to the runner's command line."""
    check: Annotated[
        list[Annotated[list[Word], Field(min_length=1, max_length=1000)]], Field(max_length=10)
    ] = Field(default=[], examples=[[["make", "check"]]])
    """Command lines to run instead, each a list of words; all must end well."""
    env: Variables = Field(default={})
    """Added to the environment of the checks."""
    files: Globs = Field(default=[], examples=[["src/**/*.py"]])
    """Change only these files: globs below the whole; by default all that are not protected."""
    writable: Globs = Field(default=[], examples=[["tests/helpers.py"]])
    """Files that may be changed although they are tests, settings, or CI: globs."""
    most_rounds: int = Field(default=12, ge=1, le=100)
    """Functions that the model is asked about at most."""
    most_seconds: float = Field(default=1500, gt=0, le=86_400)
    """Then it stops, with what it has."""


@handler(
    "code-fix",
    summary="Correct a project, one function at a time, until its own failing checks pass.",
    untrusted=True,
    tier=3,
    limits=HALF_HOUR,
    commands=(
        "printf 'def add(a, b):\\n    return a - b\\n' > sums.py"
        " && printf 'from sums import add\\n\\n\\ndef test_add():\\n    assert add(2, 3) == 5\\n'"
        " > test_sums.py"
        " && ygg submit --label code-fix --file sums.py --file test_sums.py --wait",
    ),
)
def fix(
    params: Fix,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _fix(params, session))


def _fix(params: Fix, session: Session) -> Outcome:
    folder = session.work.checkout.folder
    checks = project_checks(folder, params.runner, params.args, params.check, params.env)
    try:
        project = begin(session.work, checks, Limits(params.files, params.writable))
    except NoTests as error:
        raise Failed(
            error.reason, f"{error.hint} Or give check, a command line of your own"
        ) from error
    for check in project.first.checks:
        session.note(check)
    if project.first.is_green:
        names = [check.name for check in project.first.checks]
        judged = judgement(project.first.checks, names)
        return _outcome(session, judged, Stopped("green", "nothing failed: there is nothing to do"))
    loop = Loop(session, project, Bounds(params.most_rounds, params.most_seconds))
    stopped = loop.run()
    if stopped.why == "green" and loop.judgement is not None:
        return _outcome(session, loop.judgement, stopped, loop)
    return _outcome(session, _not_green(stopped, loop.project.now), stopped, loop)


def _not_green(stopped: Stopped, now: Seen) -> Judgement:
    """Half a fix is none: it is kept as evidence."""
    return Judgement(Verdict.REFUTED, f"{stopped.says}; {now.says()}", now.checks)


def _outcome(
    session: Session, judged: Judgement, stopped: Stopped, loop: Loop | None = None
) -> Outcome:
    told: dict[str, JsonValue] = {"stopped": stopped.as_data(), "rounds": []}
    if loop is None:
        return session.outcome(judged, {}, (), **told)
    told["rounds"] = [one.as_data() for one in loop.rounds]
    told["rivals"] = [loop.rival.as_data()] if loop.rival else []
    told["failing"] = {
        "before": list[JsonValue](sorted(loop.project.first.failing)[:NAMES_SHOWN]),
        "after": list[JsonValue](sorted(loop.project.now.failing)[:NAMES_SHOWN]),
    }
    return session.outcome(judged, loop.project.changes, loop.tried, **told)
