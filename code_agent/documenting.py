"""Docstrings: the model says in words what a symbol is for; where and how they stand is ours."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict, JsonValue

from code_agent.asking import Question
from code_agent.checks.rules import doubt, rule
from code_agent.prompt import fenced, prompt
from code_agent.python.docstring_claims import contradicted, unfounded
from code_agent.python.docstring_orders import orders
from code_agent.python.docstring_params import wrong_params
from code_agent.python.docstring_styles import Style, Words, rendered
from code_agent.python.docstring_words import is_about, says_nothing
from code_agent.python.docstrings import inserted, undocumented
from code_agent.python.functions import Function
from code_agent.python.indentation import outdented
from code_agent.python.parameters import (
    called_with,
    made_with,
    returns_something,
    yields_something,
)
from code_agent.python.same_code import same_code
from code_agent.python.source import parsed
from code_agent.python.symbols import MODULE, Symbol
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from ygg.errors import YggError
from ygg.models.json_answers import Form
from ygg.models.port import Message, Reply

SUMMARY_LENGTH, TEXT_LENGTH = 160, 300
SHOWN_LENGTH = 6000
SAME, PARAMETERS, WORDS, ONCE = "same code", "parameters", "words", "once"
ABOUT = "about this code"
REQUIRED = (SAME, PARAMETERS, WORDS, ONCE, ABOUT)
_EMPTY = re.compile(
    r"\b(todo|tbd|fixme|lorem ipsum|description here|your text)\b|^\W*\.\.\.\W*$", re.I
)


class _Said(BaseModel):
    """What the model answers."""

    model_config = ConfigDict(extra="forbid")

    summary: str
    params: dict[str, str] = {}
    returns: str = ""
    yields: str = ""


@dataclass(frozen=True)
class Described:
    """A symbol of a file, to be described."""

    source: str
    symbol: Symbol
    style: Style
    guidance: str = ""

    @property
    def schema(self) -> dict[str, JsonValue]:
        """The names of parameters are fixed: the model can only say what they are for."""
        text = {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH}
        summary = {"type": "string", "minLength": 10, "maxLength": SUMMARY_LENGTH}
        found: dict[str, JsonValue] = {"summary": cast(JsonValue, summary)}
        if names := _names(self.symbol):
            found["params"] = cast(
                JsonValue,
                {
                    "type": "object",
                    "properties": dict.fromkeys(names, text),
                    "required": names,
                    "additionalProperties": False,
                },
            )
        if result := _result(self.symbol):
            found[result] = cast(JsonValue, text)
        return {
            "type": "object",
            "properties": found,
            "required": list[JsonValue](found),
            "additionalProperties": False,
        }

    @property
    def text(self) -> str:
        return self.source if self.symbol.kind == "module" else self.symbol.text

    @property
    def is_cut(self) -> bool:
        return len(self.text) > SHOWN_LENGTH

    def question(self) -> Question:
        words = prompt("document")
        asked = words.fill(
            "user",
            what=f"the {self.symbol.kind} {self.symbol.name}".replace("module module", "module"),
            code=fenced(self.text[:SHOWN_LENGTH], "python"),
            guidance=self.guidance,
        )
        messages = (Message("system", words.fill("system")), Message("user", asked))
        return Question(words, messages, schema=self.schema)


class Docstring:
    """A docstring's text, made of what the model said."""

    def __init__(self, session: Session, described: Described) -> None:
        self._session = session
        self._described = described
        self._form = Form(described.schema)

    def question(self) -> Question:
        return self._described.question()

    def read(self, reply: Reply) -> str:
        if reply.finished == "length":
            raise Unusable(f"the answer was cut off at {reply.tokens_out} tokens")
        try:
            said = _Said.model_validate(self._form.read(reply.text))
        except YggError as error:
            raise Unusable(error.message) from error
        words = Words(said.summary, params=said.params, returns=said.returns, yields=said.yields)
        found = rendered(words, self._described.symbol, self._described.style)
        self.placed(found)
        return found

    def mark(self, candidate: str) -> str:
        return candidate

    def placed(self, candidate: str) -> str:
        return inserted(self._described.source, self._described.symbol.name, candidate)

    def judge(self, candidate: str) -> Judgement:
        after = self.placed(candidate)
        return self._session.judged(self._checks(candidate, after), REQUIRED)

    def _checks(self, candidate: str, after: str) -> Iterator[Check]:
        described, name = self._described, self._described.symbol.name
        yield rule(SAME, after, lambda: same_code(described.source, after))
        yield rule(PARAMETERS, after, lambda: wrong_params(after, name, candidate))
        yield rule(WORDS, candidate, lambda: wrong_words(after, name, candidate))
        yield rule(ONCE, after, lambda: again(after, name, candidate))
        yield doubt(ABOUT, candidate, lambda: doubted_words(after, name, candidate))


def again(after: str, name: str, docstring: str) -> str | None:
    """What a second run would do."""
    if undocumented(after, [name]):
        return f"{name} would be documented once more"
    return None if inserted(after, name, docstring) == after else "doing it twice changes more"


def wrong_words(source: str, name: str, docstring: str) -> list[str]:
    found = [*hollow(docstring, name), *contradicted(source, name, docstring)]
    if not found and says_nothing(source, name, docstring):
        return [f"the summary could be said of any code; say what {_called(name)} itself does"]
    return found


def doubted_words(source: str, name: str, docstring: str) -> list[str]:
    """What may be right, and nothing in the code says so."""
    found = [*unfounded(source, name, docstring), *orders(source, docstring)]
    if not is_about(source, name, docstring):
        found.append(f"the summary has no word in common with {_called(name)} and what is in it")
    return found


def hollow(docstring: str, name: str) -> Iterator[str]:
    """What would be a docstring and say nothing."""
    said = set(_words(docstring.partition("\n")[0]))
    if said <= {*_words(name), "the", "a", "an", "this", "function", "method", "class"}:
        yield "the summary says no more than the name"
    if "```" in docstring or re.search(r"^\s*(def|class|return|import) ", docstring, re.MULTILINE):
        yield "it holds code"
    yield from (
        f"it says nothing: {line.strip()[:60]}"
        for line in docstring.splitlines()
        if _EMPTY.search(line)
    )


def _called(name: str) -> str:
    return "the module" if name == MODULE else name


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _names(symbol: Symbol) -> list[str]:
    node = _node(symbol)
    if isinstance(node, Function):
        return [one.name for one in called_with(node, in_class=bool(symbol.within))]
    if isinstance(node, ast.ClassDef):
        return [one.name for one in made_with(node) or ()]
    return []


def _result(symbol: Symbol) -> str:
    node = _node(symbol)
    if not isinstance(node, Function):
        return ""
    if yields_something(node):
        return "yields"
    return "returns" if returns_something(node) else ""


def _node(symbol: Symbol) -> ast.stmt | None:
    if symbol.kind == "module":
        return None
    body = parsed(outdented(symbol.text)).body
    return next((one for one in body if isinstance(one, Function | ast.ClassDef)), None)
