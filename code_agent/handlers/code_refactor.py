"""`code-refactor`: code made simpler that does the same, as tests or generated calls show."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from code_agent.checks.tests_of_work import TestsOfWork
from code_agent.languages.which import Language, language_of
from code_agent.params import Asked, Name
from code_agent.protected import is_test
from code_agent.python.source import said_of
from code_agent.python.symbols import all_symbols, find
from code_agent.refactoring.craft import Wanted
from code_agent.refactoring.piece import MOST_SYMBOLS, pieces_of, speaks_of
from code_agent.refactoring.rewriting import Rewriting
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from executors.handler import Context, Failed, WorkspacePath, handler
from executors.models.asking import HALF_HOUR, Models
from executors.sources import RepositorySettings
from ygg.task import Outcome


class Refactor(Asked):
    names: Annotated[list[Name], Field(max_length=20)] = Field(
        default=[], examples=[["total", "Queue.put"]]
    )
    """Functions, methods or classes to rewrite; by default a short file as a whole, and of a long
    one those that `guidance` names, or those that are hardest to follow."""
    interface: bool = False
    """Public names, parameters and defaults may change, too."""
    tests: Annotated[list[WorkspacePath], Field(max_length=50)] = Field(
        default=[], examples=[["tests/test_slow.py"]]
    )
    """Files of pytest tests, below `path`, that must pass before and after; by default all that
    the project has."""


@handler(
    "code-refactor",
    summary="Make code simpler, and check that it still does the same.",
    untrusted=True,
    tier=2,
    limits=HALF_HOUR,
    examples=[
        {
            "code": "def is_adult(age): return True if age >= 18 else False",
            "guidance": "Return the comparison itself.",
        }
    ],
    commands=(
        "printf 'def total(items):\\n    result = 0\\n    for item in items:\\n"
        "        result = result + item\\n    return result\\n' > slow.py"
        " && ygg submit --label code-refactor --file slow.py --wait",
    ),
)
def refactor(
    params: Refactor,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _refactor(params, session))


def _refactor(params: Refactor, session: Session) -> Outcome:
    given = {path: session.work.text(path) for path in _files(params, session)}
    wanted = [(path, name) for path in given for name in _names(path, given[path], params, session)]
    if not wanted and params.names:
        find(next(iter(given.values())), params.names[0])
    done = Rewriting(
        session,
        Wanted(params.guidance, interface=params.interface),
        TestsOfWork(session.work, tuple(params.tests)),
        dict(given),
        alone=len(wanted) == 1,
    )
    for number, (path, name) in enumerate(wanted):
        session.context.progress(number / len(wanted), f"{path} {name}".strip())
        done.rewrite(path, name, _language(path))
    changed = {path: text for path, text in done.texts.items() if text != given[path]}
    return session.outcome(done.judged(), changed, done.tried, pieces=done.told())


def _files(params: Refactor, session: Session) -> list[str]:
    """Those to work on; tests say what the others must do, and stay."""
    chosen = session.chosen(lambda path, text: _worth(path, text, params))
    known = [path for path in chosen if language_of(path)]
    found = [path for path in known if not is_test(path)]
    if not found:
        raise Failed("there is no code here to refactor", "name a file in files, or send one along")
    return found


def _worth(path: str, text: str, params: Refactor) -> int:
    known = all_symbols(text)
    if params.names:
        return int(any(one.name in params.names for one in known))
    if speaks_of(params.guidance, path, text):
        return 2
    return int(any(one.kind != "class" for one in known))


def _language(path: str) -> Language:
    found = language_of(path)
    if found is None:
        raise Failed(f"nothing is known of {path}'s language", "name a file such as a.py")
    return found


def _names(path: str, text: str, params: Refactor, session: Session) -> list[str]:
    language = _language(path)
    if language != "python":
        return [""]
    try:
        known = {one.name for one in all_symbols(text)}
    except SyntaxError as error:
        raise Failed(f"{path} cannot be parsed: {said_of(error)}", "mend that first") from error
    if not params.names:
        found = pieces_of(path, text, language, params.guidance)
        if len(found) > MOST_SYMBOLS:
            session.left_out.append(f"{path}: all but {', '.join(found[:MOST_SYMBOLS])}")
        return found[:MOST_SYMBOLS]
    return [name for name in params.names if name in known]
