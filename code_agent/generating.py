"""What `code-generate` makes of an answer, and what it holds it against."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from code_agent.answers import code_of
from code_agent.checks.python import imports, module_of, types
from code_agent.checks.rules import rule
from code_agent.checks.suite import run_suite
from code_agent.elision import elided
from code_agent.languages.parsing import Unparsed
from code_agent.languages.syntax import syntax_errors
from code_agent.languages.which import Language, language_of
from code_agent.python.bare import bare
from code_agent.python.examples import Example, as_tests, examples
from code_agent.python.expectations import expectations
from code_agent.python.idlers import idlers
from code_agent.python.shares import shares
from code_agent.python.signature_changes import matches
from code_agent.python.source import parsed, said_of
from code_agent.python.special_cases import special_cases
from code_agent.python.symbols import all_symbols
from code_agent.python.tampering import tampering
from code_agent.session import Session
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from executors.handler import Failed
from ygg.models.port import Reply
from ygg.task import Verdict

SIGNATURE, HONEST, SYNTAX = "signature", "honest", "syntax"
EXAMPLES, TESTS, HELD_BACK = "examples", "tests", "tests held back"
DOES_WORK, TEETH = "no special cases", "an idle function fails"
TEST_FILE = "test_ygg_wish.py"
MOST_WISHED = 3


@dataclass(frozen=True)
class Wish:
    """What is wanted, and what of it the model is shown."""

    path: str
    spec: str
    signature: str
    tests: str

    @cached_property
    def language(self) -> Language:
        found = language_of(self.path)
        if found is None:
            raise Failed(f"nothing is known of {self.path}'s language", "name a file such as a.py")
        return found

    @property
    def is_python(self) -> bool:
        return self.language == "python"

    @cached_property
    def parts(self) -> tuple[str, str]:
        """The tests that the model is shown, and those that are held back from it."""
        if not (self.tests and self.is_python):
            return self.tests, ""
        _parsed(self.tests, "the tests")
        return shares(self.tests)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What is to be defined, as far as the signature or the tests say."""
        if not self.is_python:
            return ()
        if self.signature:
            head = _parsed(f"{self.signature.rstrip().removesuffix(':')}: ...", "the signature")
            return tuple(one.name for one in all_symbols(ast.unparse(head)))
        return tuple(
            alias.name
            for node in ast.walk(_parsed(self.tests, "the tests"))
            if isinstance(node, ast.ImportFrom) and node.module == module_of(self.path)
            for alias in node.names
        )

    def examples(self, names: tuple[str, ...]) -> list[Example]:
        return examples(self.spec, names) if self.is_python else []


class Made:
    """The text of a whole file."""

    def __init__(self, session: Session, wish: Wish) -> None:
        self._session = session
        self._wish = wish

    @property
    def best(self) -> Verdict:
        """Without anything to hold it against, nothing can be verified."""
        wish = self._wish
        can = wish.is_python and (wish.tests or wish.examples(wish.names or _called(wish.spec)))
        return Verdict.VERIFIED if can else Verdict.UNVERIFIED

    def read(self, reply: Reply) -> str:
        wish = self._wish
        if reply.finished == "length":
            raise Unusable(f"the answer was cut off at {reply.tokens_out} tokens")
        code = code_of(reply.text, wish.language, defines=wish.names, ended=True)
        if wish.is_python:
            code = bare(code)
        elif trouble := _syntax(wish.language, code):
            raise Unusable(trouble)
        if missing := elided(code, language=wish.language):
            raise Unusable(missing)
        return code.strip("\n") + "\n"

    def mark(self, candidate: str) -> str:
        return ast.dump(parsed(candidate)) if self._wish.is_python else candidate

    def judge(self, candidate: str) -> Judgement:
        wish = self._wish
        if not wish.is_python:
            syntax = rule(SYNTAX, candidate, lambda: _syntax(wish.language, candidate))
            return self._session.judged([syntax, _untried()], [SYNTAX, TESTS])
        found = wish.examples(wish.names or _defined(candidate))
        required = ["imports", "types"]
        required += [EXAMPLES] if found else []
        required += [TESTS] if wish.tests else []
        required += [HELD_BACK] if wish.parts[1] else []
        required += [TEETH] if found or wish.tests else [TESTS]
        return self._session.judged(self._checks(candidate, found), required)

    def _checks(self, candidate: str, found: list[Example]) -> Iterator[Check]:
        """The cheap ones first."""
        wish = self._wish
        if wish.signature:
            yield rule(SIGNATURE, candidate, lambda: matches(candidate, wish.signature))
        yield rule(HONEST, candidate, lambda: tampering(candidate))
        with self._session.work.trial({wish.path: candidate}) as trial:
            yield imports(trial, module_of(wish.path))
        with self._session.work.trial({wish.path: candidate}) as trial:
            yield types(trial, wish.path, wish.signature)
        tried = [as_tests(found, module_of(wish.path))] if found else []
        if found:
            yield self._suite(EXAMPLES, candidate, tried[0])
        if wish.tests:
            tried.append(wish.tests)
            shown, held_back = wish.parts
            yield self._suite(TESTS, candidate, shown)
            if held_back:
                yield self._suite(HELD_BACK, candidate, held_back, told=False)
        if not tried:
            yield _untried()
            return
        yield self._special_cases(candidate, "\n".join(tried))
        yield self._teeth(candidate, tried)

    def _suite(self, name: str, candidate: str, tests: str, *, told: bool = True) -> Check:
        changes = {self._wish.path: candidate, TEST_FILE: tests}
        with self._session.work.trial(changes) as trial:
            return run_suite(trial, [TEST_FILE]).as_check(name, told=told)

    def _special_cases(self, candidate: str, tests: str) -> Check:
        """A single case alone is doubtful; tests that the model has not seen dispel that."""
        wish = self._wish
        cases = special_cases(candidate, tests, f"{wish.spec}\n{wish.signature}")
        said = [one.says() for one in cases.found]
        if said and not cases.certain:
            passed = True if wish.parts[1] else None
            return Check(DOES_WORK, passed, "; ".join(said) + ": that may be all it knows")
        return rule(DOES_WORK, candidate, lambda: said)

    def _teeth(self, candidate: str, tried: list[str]) -> Check:
        """Tests that an idle function passes, too, say nothing for this one."""
        wished = [one.value for text in tried for one in expectations(text)][:MOST_WISHED]
        seconds, command, of = 0.0, tuple[str, ...](), ""
        for idler in idlers(candidate, self._wish.names, wished):
            changes = {self._wish.path: idler.source}
            names = {f"test_ygg_{number}.py": text for number, text in enumerate(tried)}
            with self._session.work.trial(changes | names) as trial:
                ran = run_suite(trial, list(names))
            seconds, command, of = seconds + ran.seconds, ran.argv, ran.of
            if ran.passed:
                says = f"{idler.says} passes as well"
                return Check(TEETH, None, says, command, ran.ran.exit_code, of, seconds)
        return Check(TEETH, True, "", command, None, of, seconds)


def _untried() -> Check:
    return Check(TESTS, None, "there are neither tests nor examples to try it by")


def _syntax(language: Language, code: str) -> str | None:
    try:
        found = syntax_errors(language, code)
    except Unparsed as error:
        return error.reason
    return f"line {found[0].line}: {found[0].says}" if found else None


def _defined(source: str) -> tuple[str, ...]:
    return tuple(one.name for one in all_symbols(source) if "." not in one.name)


def _called(spec: str) -> tuple[str, ...]:
    """Names in a specification that may be what is to be defined."""
    found = [one for one in spec.replace("`", " ").split() if "(" in one]
    return tuple(one.partition("(")[0] for one in found if one.partition("(")[0].isidentifier())


def _parsed(text: str, what: str) -> ast.Module:
    try:
        return parsed(text)
    except SyntaxError as error:
        raise Failed(f"{what}: {said_of(error)}", "give it in Python") from error
