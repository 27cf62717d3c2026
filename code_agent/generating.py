"""What `code-generate` makes of an answer, and what it holds it against."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from code_agent.answers import code_of
from code_agent.checks.module import imports, module_of, types
from code_agent.checks.of_languages import SYNTAX, by_its_tools
from code_agent.checks.rivals import Contest
from code_agent.checks.rules import NO_SPECIAL_CASES, TEETH, rule
from code_agent.checks.suite import SuiteRun, run_suite, run_suite_with
from code_agent.checks.tricks import no_tricks
from code_agent.elision import elided
from code_agent.languages.syntax import trouble_in
from code_agent.languages.which import Language, language_of
from code_agent.python.as_signed import as_signed
from code_agent.python.bare import bare
from code_agent.python.examples import Example, as_tests, examples, without_examples
from code_agent.python.exits import new_exits, spoken_of
from code_agent.python.expectations import expectations
from code_agent.python.idlers import idlers
from code_agent.python.known_answers import known_answers
from code_agent.python.names_used import names_used
from code_agent.python.records_loosely import Loosely
from code_agent.python.shares import shares
from code_agent.python.signature_changes import matches
from code_agent.python.source import parsed, said_of
from code_agent.python.special_cases import special_cases, tells_more
from code_agent.python.symbols import all_symbols
from code_agent.python.tampering import tampering
from code_agent.python.unused import unused_parameters
from code_agent.session import Session
from code_agent.tree import sha256
from code_agent.unusable import Unusable
from code_agent.verdict import Check, Judgement
from executors.handler import Failed
from ygg.models.port import Reply
from ygg.task import Verdict

SIGNATURE = "signature"
EXAMPLES, TESTS, HELD_BACK = "examples", "tests", "tests held back"
TEST_FILE = "test_ygg_wish.py"
MOST_WISHED = 3


@dataclass(frozen=True)
class Wish:
    """What is wanted, and what of it the model is shown."""

    path: str
    """Of the file to write, in the folder where commands run."""
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
        return self._tested

    @cached_property
    def _tested(self) -> tuple[str, ...]:
        _parsed(self.tests, "the tests")
        return names_used(self.tests, module_of(self.path))

    @property
    def _shown(self) -> tuple[str, ...]:
        return tuple(one.call.partition("(")[0] for one in self.examples)

    @property
    def called(self) -> tuple[str, ...]:
        """What is to be defined, as far as anything says."""
        return self.names or tuple(dict.fromkeys(self._shown))

    @property
    def spoken(self) -> frozenset[str]:
        """Words that may be names."""
        return frozenset(re.findall(r"\w+", "\n".join([self.spec, self.signature, self.tests])))

    @cached_property
    def examples(self) -> list[Example]:
        if not self.is_python:
            return []
        return examples(self.spec, self.names or _called(self.spec))

    @cached_property
    def told(self) -> str:
        """What is wished in words: values that stand in examples alone are no part of it."""
        return without_examples(self.spec, self.examples)

    @cached_property
    def tried(self) -> tuple[str, ...]:
        """All that it is tried by: pytest files."""
        made = [as_tests(self.examples, module_of(self.path))] if self.examples else []
        return (*made, self.tests) if self.tests else tuple(made)

    @property
    def outline(self) -> str:
        """A module that defines what is wanted, and does nothing."""
        head = f"{self.signature.rstrip().removesuffix(':')}: ...\n" if self.signature else ""
        tops = {name.partition(".")[0] for name in self.names} if head else set()
        names = dict.fromkeys((*self._tested, *(() if self.names else self._shown)))
        more = [f"def {name}(*args, **more): ...\n" for name in names if name not in tops]
        return head + "".join(more)


class Made:
    """The text of a whole file."""

    def __init__(self, session: Session, wish: Wish) -> None:
        self._session = session
        self._wish = wish
        self._file = session.work.from_root(wish.path)

    @property
    def best(self) -> Verdict:
        """Without anything that could tell right from wrong, nothing can be verified."""
        if not (self._wish.is_python and self._wish.tried):
            return Verdict.UNVERIFIED
        return Verdict.VERIFIED if self._teeth.passed else Verdict.UNVERIFIED

    def read(self, reply: Reply) -> str:
        wish = self._wish
        code = code_of(
            reply.text, wish.language, defines=wish.names, ended=reply.finished == "stop"
        )
        if trouble := trouble_in(wish.language, code):
            raise Unusable(trouble)
        if wish.is_python:
            code = as_signed(bare(code), wish.signature)
        if missing := elided(code, language=wish.language):
            raise Unusable(missing)
        return code.strip("\n") + "\n"

    def mark(self, candidate: str) -> str:
        return ast.dump(parsed(candidate)) if self._wish.is_python else candidate

    def judge(self, candidate: str) -> Judgement:
        wish = self._wish
        if not wish.is_python:
            return self._judged(self._other_checks(candidate), [SYNTAX, TESTS], candidate)
        required = ["imports", "types"]
        required += [EXAMPLES] if wish.examples else []
        required += [TESTS] if wish.tests else []
        required += [HELD_BACK] if wish.parts[1] else []
        required += [TEETH] if wish.tried else [TESTS]
        return self._judged(self._checks(candidate), required, candidate)

    def contest(self, candidate: str) -> Contest:
        wish, session = self._wish, self._session
        return Contest(
            session.work,
            self._file,
            candidate,
            names=wish.called,
            tests="\n\n".join(wish.tried),
            seed=session.params.seed,
            typed=bool(wish.signature),
            differences=Loosely(wish.spoken).differences,
        )

    def _judged(
        self, checks: Iterator[Check], required: Sequence[str], candidate: str
    ) -> Judgement:
        return self._session.judged(checks, required, {self._file: candidate})

    def _checks(self, candidate: str) -> Iterator[Check]:
        """The cheap ones first."""
        wish = self._wish
        if wish.signature:
            yield rule(SIGNATURE, candidate, lambda: matches(candidate, wish.signature))
        given = "\n".join([wish.spec, wish.signature, wish.tests])
        yield no_tricks(candidate, "", given, lambda: self._tricks(candidate))
        with self._session.work.trial({self._file: candidate}) as trial:
            yield imports(trial, module_of(wish.path))
        with self._session.work.trial({self._file: candidate}) as trial:
            yield types(trial, wish.path, wish.signature)
        if wish.examples:
            yield self._suite(EXAMPLES, candidate, wish.tried[0])
        if wish.tests:
            shown, held_back = wish.parts
            yield self._suite(TESTS, candidate, shown)
            if held_back:
                yield self._suite(HELD_BACK, candidate, held_back, told=False)
        if not wish.tried:
            yield Check(TESTS, None, "there are neither tests nor examples to try it by")
            return
        yield self._special_cases(candidate)
        yield self._teeth

    def _tricks(self, candidate: str) -> list[str]:
        wish = self._wish
        found = tampering(candidate)
        if not spoken_of(f"{wish.spec}\n{wish.signature}", wish.tests):
            found += new_exits(candidate, as_program=True)
        return list(dict.fromkeys(found))

    def _other_checks(self, candidate: str) -> Iterator[Check]:
        wish = self._wish
        with self._session.work.trial({self._file: candidate}) as trial:
            yield from by_its_tools(trial, wish.language, wish.path, candidate)
        yield Check(TESTS, None, f"tests of {wish.language} are not run for code-generate")

    def _suite(self, name: str, candidate: str, tests: str, *, told: bool = True) -> Check:
        work = self._session.work
        with work.trial({self._file: candidate, work.from_root(TEST_FILE): tests}) as trial:
            return run_suite(trial, [TEST_FILE]).as_check(name, told=told)

    def _special_cases(self, candidate: str) -> Check:
        """What is doubtful is dispelled by tests that the model has not seen, and what is certain
        is no more than doubtful then. That a parameter has no use is doubtful in any case."""
        wish = self._wish
        tests, given = "\n".join(wish.tried), f"{wish.told}\n{wish.signature}"
        unseen = bool(wish.parts[1]) and tells_more(wish.parts[1])
        cases = special_cases(candidate, tests, given)
        said = "; ".join(one.says() for one in cases.found)
        answers = known_answers(candidate, tests, given, wish.names)
        certain = [said] if cases.certain else []
        certain += [answers.says] if answers and answers.certain and not unseen else []
        told = rule(NO_SPECIAL_CASES, candidate, lambda: certain)
        if certain:
            return told
        doubts = unused_parameters(candidate, wish.names)
        doubts += [answers.says] if answers and (answers.certain or not unseen) else []
        if said and not (unseen or cases.is_table):
            doubts.append(f"{said}: that may be all it knows")
        return replace(told, passed=None if doubts else True, says="; ".join(doubts) or said)

    @cached_property
    def _teeth(self) -> Check:
        """Tests that an idle function passes, too, say nothing for any other. Found out once."""
        wish, work = self._wish, self._session.work
        wished = [one.value for text in wish.tried for one in expectations(text)][:MOST_WISHED]
        tests = {f"test_ygg_{number}.py": text for number, text in enumerate(wish.tried)}
        written = {work.from_root(name): text for name, text in tests.items()}
        unknown = "nothing says by which names the tests use the code"
        if not wish.outline:
            return Check(TEETH, None, unknown)
        idle = list(idlers(wish.outline, (), wished))
        with work.trial({**written, self._file: idle[0].source}) as trial:
            texts = {work.digest({**written, self._file: one.source}): one.source for one in idle}
            together = list(run_suite_with(trial, list(tests), self._file, texts))
        runs = [
            self._alone(one.source, written, list(tests)) if run.may_not_have_run else run
            for one, run in zip(idle, together, strict=True)
        ]
        if runs[0].ran.timed_out or not any(run.report for run in runs):
            return _teeth(runs, None, f"with idle functions {runs[0].says()}")
        if any(run.lacks_names_of(module_of(wish.path)) for run in runs):
            return _teeth(runs, None, unknown)
        passes = [one for one, run in zip(idle, runs, strict=True) if run.passed]
        if passes:
            return _teeth(runs, None, f"{passes[0].says} passes as well")
        return _teeth(runs, True, f"each of {len(runs)} fails")

    def _alone(self, text: str, written: Mapping[str, str], tests: Sequence[str]) -> SuiteRun:
        with self._session.work.trial({**written, self._file: text}) as trial:
            return run_suite(trial, tests)


def _teeth(runs: Sequence[SuiteRun], passed: bool | None, says: str) -> Check:
    """The command and its end are the last one's: all are alike but for the idle function."""
    last, tried = runs[-1], [one.of for one in runs]
    of = last.of if len(runs) == 1 else sha256("\n".join(tried).encode())
    seconds = sum(one.seconds for one in runs)
    return Check(TEETH, passed, says, last.argv, last.ran.exit_code, of, seconds)


def _called(spec: str) -> tuple[str, ...]:
    """Names in a specification that may be what is to be defined."""
    found = [one for one in spec.replace("`", " ").split() if "(" in one]
    return tuple(one.partition("(")[0] for one in found if one.partition("(")[0].isidentifier())


def _parsed(text: str, what: str) -> ast.Module:
    try:
        return parsed(text)
    except SyntaxError as error:
        raise Failed(f"{what}: {said_of(error)}", "give it in Python") from error
