"""`code-generate`: code from a specification, held against its signature, examples and tests."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field, JsonValue

from code_agent.asking import Question
from code_agent.beside import beside
from code_agent.budget import Piece, fitted
from code_agent.contending import contend
from code_agent.generating import Made, Wish
from code_agent.params import CodeTask
from code_agent.prompt import fenced, prompt
from code_agent.sampling import search
from code_agent.session import Machine, Session, in_session
from code_agent.settings import AgentSettings
from executors.handler import Context, Failed, WorkspacePath, handler
from executors.models.asking import HALF_HOUR, TEXT_LENGTH, Models
from executors.sources import RepositorySettings
from ygg.models.port import Message
from ygg.task import Outcome

AFTER_CODE = "\n```\n\n"
"""Where a block of code has ended and an explanation begins. One that opens has no empty line."""


class Generate(CodeTask):
    spec: str = Field(
        min_length=1,
        max_length=TEXT_LENGTH,
        pattern=r"\S",
        examples=["Write a function is_even(n) that tells whether a whole number is even."],
        json_schema_extra={"x-allowed": "text that says what the code must do"},
    )
    """What the code must do. Examples in it, such as `is_even(4) == True`, are tried."""
    signature: str = Field(default="", max_length=2000, examples=["def is_even(n: int) -> bool:"])
    """How the function begins: its name, its parameters, its types."""
    tests: str = Field(
        default="",
        max_length=TEXT_LENGTH,
        examples=["from solution import is_even\n\ndef test_even():\n    assert is_even(4)\n"],
    )
    """A pytest file that imports the code by its file's name. The model is shown a part of it."""
    name: WorkspacePath = "solution.py"
    """The file to write, from `path` on."""


@handler(
    "code-generate",
    summary="Write code that does what a specification says, and check that it does.",
    untrusted=True,
    tier=2,
    limits=HALF_HOUR,
    examples=[
        {
            "spec": "Add two whole numbers: add(1, 2) == 3",
            "signature": "def add(a: int, b: int) -> int:",
            "answers": 1,
        }
    ],
    commands=(
        "printf 'from solution import add\\n\\ndef test_add():\\n    assert add(2, 3) == 5\\n'"
        " > test_add.py && ygg submit --label code-generate"
        " --param spec='Add two whole numbers.' --param tests=@test_add.py --wait",
    ),
)
def generate(
    params: Generate,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> Outcome:
    machine = Machine(models, agent, repositories)
    return in_session(params, context, machine, lambda session: _generate(params, session))


def _generate(params: Generate, session: Session) -> Outcome:
    path = session.work.from_root(params.name)
    if session.work.has(path):
        raise Failed(f"{path} is there already", "give name, or use code-refactor")
    wish = Wish(params.name, params.spec, params.signature, params.tests)
    craft = Made(session, wish)
    question = _question(params, wish, session)
    plan = session.plan(craft.best)
    found = search(session.asker, question, craft, plan)
    rival = contend(session, question, craft, plan, found)
    after = {} if found.candidate is None else {path: found.candidate}
    rivals: list[JsonValue] = [rival.as_data()] if rival else []
    return session.outcome(found.judgement, after, found.tried, rivals=rivals)


def _question(params: Generate, wish: Wish, session: Session) -> Question:
    words = prompt("generate")
    parts = []
    if params.guidance:
        parts.append(params.guidance)
    if params.signature:
        parts.append(words.fill("signature", signature=fenced(params.signature, wish.language)))
    if wish.parts[0]:
        parts.append(words.fill("tests", tests=fenced(wish.parts[0], wish.language)))

    def build(shown: Sequence[Piece]) -> Question:
        there = [words.fill("context", path=one.name, text=fenced(one.text)) for one in shown]
        more = "\n\n".join([*parts, *there])
        asked = words.fill("user", spec=params.spec, more=more, language=wish.language)
        messages = (Message("system", words.fill("system")), Message("user", asked))
        return Question(words, messages, stop=(AFTER_CODE,))

    return fitted(session.asker, beside(session, wish), build, session.left_out)
