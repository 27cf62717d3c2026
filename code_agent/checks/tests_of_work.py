"""The project's own tests, which must do as well after a correction as before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from code_agent.checks.suite_of_project import ProjectCheck, Told, project_checks
from code_agent.languages.difference import changed_functions, without_body
from code_agent.protected import is_test
from code_agent.unusable import Unusable
from code_agent.verdict import Check
from code_agent.work import Work
from executors.handler import Failed
from executors.projects.kinds import Runner
from executors.projects.suite_results import NoTests
from ygg.errors import BadInput

TESTS = "tests"
REACHED = "tests reach it"
MOST_REACHED = 10
_NONE = "there are none"


@dataclass(frozen=True)
class TestsOfWork:
    __test__ = False  # for pytest, which would take it for a test by its name

    work: Work
    paths: tuple[str, ...] = ()
    """Of test files, from the folder on; by default all that the project has."""

    @cached_property
    def none(self) -> str:
        """Why they are no help; empty where they are."""
        if isinstance(self._suite, str):
            return self._suite
        if self._before is None or self._before.check.passed:
            return ""
        if isinstance(self._before.trouble, NoTests):
            return f"{_NONE}: {self._before.check.says}"
        return f"they do not pass before the change: {self._before.check.says}"

    @property
    def fail_before(self) -> bool:
        """They are there, and of no help."""
        return bool(self.none) and not self.none.startswith(_NONE)

    def check(self, after: Mapping[str, str]) -> Check:
        if isinstance(self._suite, str) or self._before is None:
            return Check(TESTS, passed=None, says=self.none)
        if self.none:
            # It has run, and takes no more time.
            ran = self._before.check
            return replace(ran, name=TESTS, passed=None, says=self.none, seconds=0.0)
        told = self._run(self._suite, after)
        before, now = _passed(self._before), _passed(told)
        if told.check.passed and now != before:
            says = f"{before} passed before, {now} now"
            return replace(told.check, name=TESTS, passed=False, says=says)
        return replace(told.check, name=TESTS)

    def reached(self, before: Mapping[str, str], after: Mapping[str, str]) -> Check | None:
        """A function that may as well fail is one that no test has run. Nothing to check where
        no function is another than before."""
        stubs = list(_stubs(before, after))
        if isinstance(self._suite, str) or not stubs:
            return None
        for name, changes in stubs[:MOST_REACHED]:
            told = self._run(self._suite, {**after, **changes})
            if told.check.passed:
                says = f"no test needs {name}"
                return replace(told.check, name=REACHED, passed=None, says=says)
        if len(stubs) > MOST_REACHED:
            says = f"{len(stubs)} functions are too many to try"
            return replace(told.check, name=REACHED, passed=None, says=says)
        # Of the last one, for all: without its body they fail, as they must.
        says = f"they fail without {', '.join(name for name, _ in stubs)}"
        return replace(told.check, name=REACHED, passed=True, says=says)

    @cached_property
    def _suite(self) -> ProjectCheck | str:
        try:
            runner: Runner | None = "pytest" if self.paths else None
            folder = self.work.checkout.folder
            [found] = project_checks(folder, runner, self.paths, (), {})
        except Failed as error:
            return f"{_NONE}: {error.reason}"
        return found

    @cached_property
    def _before(self) -> Told | None:
        return None if isinstance(self._suite, str) else self._run(self._suite, {})

    def _run(self, suite: ProjectCheck, changes: Mapping[str, str]) -> Told:
        with self.work.trial(changes) as trial:
            return suite.run(trial)


def vouch_for_themselves(paths: Sequence[str]) -> list[str]:
    """Tests that are changed say nothing of what changed them."""
    return [path for path in paths if is_test(path)]


def _passed(told: Told) -> int:
    return sum(case.ended == "passed" for case in told.cases)


def _stubs(
    before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    for path, text in after.items():
        if not path.endswith(".py") or text == before[path]:
            continue
        for name in changed_functions(before[path], text):
            try:
                yield name, {path: without_body(text, name)}
            except (Unusable, BadInput):
                continue  # it is there twice
