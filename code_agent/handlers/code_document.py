"""`code-document`: docstrings for what has none. Nothing but docstrings changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated

from pydantic import Field, JsonValue

from code_agent.asking import OutOfTokens
from code_agent.checks.rules import all_of, doubt, rule
from code_agent.documenting import (
    ABOUT,
    ONCE,
    PARAMETERS,
    REQUIRED,
    SAME,
    WORDS,
    Described,
    Docstring,
    again,
    doubted_words,
    wrong_words,
)
from code_agent.languages.which import language_of
from code_agent.params import Asked, Name
from code_agent.python.docstring_params import wrong_params
from code_agent.python.docstring_styles import Style
from code_agent.python.docstrings import undocumented
from code_agent.python.same_code import same_code
from code_agent.python.source import said_of
from code_agent.python.symbols import Symbol, all_symbols, find
from code_agent.sampling import Tried, search
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from code_agent.verdict import Check, judgement
from executors.handler import Context, Failed, handler
from executors.models.asking import HALF_HOUR, Models
from executors.sources import RepositorySettings
from ygg.task import Outcome, Verdict

DOCUMENTED = "documented"


class Document(Asked):
    style: Style = "google"
    """How a docstring is laid out."""
    names: Annotated[list[Name], Field(max_length=100)] = Field(
        default=[], examples=[["area", "Queue.put"]]
    )
    """What to document; by default all that is public and has no docstring."""


@handler(
    "code-document",
    summary="Write docstrings for what has none; nothing else of the code changes.",
    tier=1,
    limits=HALF_HOUR,
    examples=[
        {"code": "def area(width, height): return width * height", "names": ["area"]},
    ],
    commands=(
        "printf 'def area(width, height):\\n    return width * height\\n' > shapes.py"
        " && ygg submit --label code-document --file shapes.py --param style=numpy --wait",
    ),
)
def document(
    params: Document,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _document(params, session))


def _document(params: Document, session: Session) -> Outcome:
    before = {path: session.work.text(path) for path in _python_files(params, session)}
    wanted = _undocumented(before, params.names)
    done = _Done(dict(before))
    # From the last on, so that the places of the others stay what they are.
    for number, (path, symbol) in enumerate(reversed(wanted)):
        session.context.progress(number / len(wanted), symbol.name)
        _describe(params, session, path, symbol, done)
    written = session.work.tree.changed(done.texts).digest
    checks = [*_whole(before, done), replace(_all(len(wanted), done), of=written)]
    for one in checks:
        session.note(one)
    judged = judgement(checks, [*REQUIRED, DOCUMENTED])
    left: list[JsonValue] = [f"{name}: {why}" for name, why in done.left.items()]
    return session.outcome(judged, done.texts, done.tried, left=left)


@dataclass
class _Done:
    texts: dict[str, str]
    docstrings: list[tuple[str, str, str]] = field(default_factory=list)
    """Path, name and docstring."""
    left: dict[str, str] = field(default_factory=dict)
    """Names that have none still, and why."""
    tried: list[Tried] = field(default_factory=list)


def _describe(params: Document, session: Session, path: str, symbol: Symbol, done: _Done) -> None:
    described = Described(done.texts[path], symbol, params.style, params.guidance)
    if described.is_cut:
        session.left_out.append(f"{path}: the end of {symbol.name}")
    craft = Docstring(session, described)
    try:
        found = search(session.asker, craft.question(), craft, session.plan())
    except OutOfTokens as error:
        if not done.tried:
            raise
        done.left[f"{symbol.name} of {path}"] = error.reason
        return
    done.tried += found.tried
    if found.candidate is None or found.judgement.verdict is Verdict.REFUTED:
        done.left[f"{symbol.name} of {path}"] = found.judgement.reason
        return
    done.texts[path] = craft.placed(found.candidate)
    done.docstrings.append((path, symbol.name, found.candidate))


def _python_files(params: Document, session: Session) -> list[str]:
    chosen = session.chosen(lambda _, text: bool(_without(text, params.names)))
    found = [path for path in chosen if language_of(path) == "python"]
    if not found:
        raise Failed("there is no Python file to document", "name one in files, or send one along")
    return found


def _without(text: str, names: Sequence[str]) -> list[Symbol]:
    """Those without a docstring, of all or of the names that are there."""
    known = {one.name for one in all_symbols(text)}
    return undocumented(text, [one for one in names if one in known] if names else None)


def _undocumented(before: Mapping[str, str], names: Sequence[str]) -> list[tuple[str, Symbol]]:
    """With the file of each. A name that is in none of them is an error."""
    found: list[tuple[str, Symbol]] = []
    known: set[str] = set()
    for path, text in before.items():
        try:
            found += [(path, one) for one in _without(text, names)]
            known |= {one.name for one in all_symbols(text)}
        except SyntaxError as error:
            raise Failed(f"{path} cannot be parsed: {said_of(error)}", "mend that first") from error
    for name in names:
        if name not in known:
            find(next(iter(before.values())), name)
    return found


def _whole(before: Mapping[str, str], done: _Done) -> Iterator[Check]:
    """Once more over each file as it will be."""
    for path, text in done.texts.items():
        yield rule(SAME, text, partial(same_code, before[path], text))
        own = [(name, words) for where, name, words in done.docstrings if where == path]
        yield rule(PARAMETERS, text, partial(_wrong_params, text, own))
        yield rule(WORDS, text, partial(_words, wrong_words, text, own))
        yield rule(ONCE, text, partial(_again, text, own))
        yield doubt(ABOUT, text, partial(_words, doubted_words, text, own))


def _wrong_params(text: str, own: Sequence[tuple[str, str]]) -> list[str]:
    return [wrong for name, words in own for wrong in wrong_params(text, name, words)]


def _words(
    told_of: Callable[[str, str, str], list[str]], text: str, own: Sequence[tuple[str, str]]
) -> list[str]:
    return [f"{name}: {one}" for name, words in own for one in told_of(text, name, words)]


def _again(text: str, own: Sequence[tuple[str, str]]) -> list[str]:
    return [wrong for name, words in own if (wrong := again(text, name, words))]


def _all(number: int, done: _Done) -> Check:
    if not number:
        return Check(DOCUMENTED, passed=True, says="nothing was without a docstring")
    return all_of(DOCUMENTED, number, "are documented", done.left)
