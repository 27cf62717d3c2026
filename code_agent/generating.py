"""What `code-generate` makes of an answer, and what it holds it against."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from code_agent.answers import code_of
from code_agent.checks.python import imports, module_of, types
from code_agent.checks.suite import run_suite
from code_agent.elision import elided
from code_agent.languages.syntax import syntax_errors
from code_agent.languages.which import Language, language_of
from code_agent.python.source import parsed, said_of
from code_agent.python.symbols import all_symbols
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from executors.handler import Failed
from ygg.models.port import Reply
from ygg.task import Verdict

TESTS = "tests"


@dataclass(frozen=True)
class Wish:
    """What is wanted, and what of it the model is shown."""

    path: str
    spec: str
    signature: str
    tests: str
    seed: int

    @cached_property
    def language(self) -> Language:
        found = language_of(self.path)
        if found is None:
            raise Failed(f"nothing is known of {self.path}'s language", "name a file such as a.py")
        return found

    @property
    def shown(self) -> str:
        return self.tests

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is to be defined, as far as the signature or the tests say."""
        if self.language != "python":
            return ()
        if self.signature:
            head = _parsed(f"{self.signature.rstrip().removesuffix(':')}: ...", "the signature")
            return tuple(one.name for one in all_symbols(ast.unparse(head)))
        wanted = module_of(self.path)
        return tuple(
            alias.name
            for node in ast.walk(_parsed(self.tests, "the tests"))
            if isinstance(node, ast.ImportFrom) and node.module == wanted
            for alias in node.names
        )


def _parsed(text: str, what: str) -> ast.Module:
    try:
        return parsed(text)
    except SyntaxError as error:
        raise Failed(f"{what}: {said_of(error)}", "give it in Python") from error


class Made:
    """A whole file's text."""

    def __init__(self, session: Session, wish: Wish) -> None:
        self._session = session
        self._wish = wish

    @property
    def best(self) -> Verdict:
        return Verdict.VERIFIED if self._wish.tests else Verdict.UNVERIFIED

    def read(self, reply: Reply) -> str:
        wish = self._wish
        if reply.finished == "length":
            raise Unusable(f"the answer was cut off at {reply.tokens_out} tokens")
        code = code_of(reply.text, wish.language, defines=wish.names, ended=True)
        if trouble := syntax_errors(wish.language, code):
            raise Unusable(f"line {trouble[0].line}: {trouble[0].says}")
        if missing := elided(code, language=wish.language):
            raise Unusable(missing)
        return code.strip("\n") + "\n"

    def mark(self, candidate: str) -> str:
        if self._wish.language != "python":
            return candidate
        return ast.dump(parsed(candidate))

    def judge(self, candidate: str) -> Judgement:
        return self._session.judged(self._checks(candidate), [TESTS])

    def _checks(self, candidate: str) -> Iterator[Check]:
        wish = self._wish
        with self._session.work.trial({wish.path: candidate}) as trial:
            yield imports(trial, module_of(wish.path))
        with self._session.work.trial({wish.path: candidate}) as trial:
            yield types(trial, wish.path, wish.signature)
        if wish.tests:
            with self._session.work.trial(
                {wish.path: candidate, "test_it.py": wish.tests}
            ) as trial:
                yield run_suite(trial, ["test_it.py"]).as_check(TESTS)
