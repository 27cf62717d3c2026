"""Runs pytest in a trial, and believes only a report that our plugin has sealed."""

from __future__ import annotations

import json
import math
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from code_agent.checks.feedback import heard
from code_agent.python.reports import TestsReport, first_reason, plugin_input, read_report
from code_agent.trial import INSIDE, PYTHON, Trial
from code_agent.verdict import Check
from executors.exits import said
from executors.handler import Ran

_OPTIONS = (
    *("-q", "-x", "--color=no", "--tb=short", "-p", "ygg_pytest", "-p", "no:cacheprovider"),
    # Files of a task bring no settings along; what is installed here is none of their business.
    *("-c", "/dev/null", "--rootdir=.", "--import-mode=prepend"),
)
# Not from the folder: a file there could have pytest's name.
_PYTEST = (PYTHON, "-P", "-B", "-m", "pytest")
_EACH = (PYTHON, "-P", "-B", str(INSIDE / "ygg_texts.py"))
_NOT_ALL = 75
"""How that ends where it has not run all of them."""
_BY_SIGNAL = 128
_ENVIRONMENT = {"PYTHONPATH": str(INSIDE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


@dataclass(frozen=True)
class SuiteRun:
    argv: tuple[str, ...]
    ran: Ran
    report: TestsReport | None
    """Nothing: the run ended early, or what it wrote cannot be believed."""
    seconds: float
    of: str

    @property
    def passed(self) -> bool:
        return self.report is not None and self.report.passed

    @property
    def may_not_have_run(self) -> bool:
        """Of several that share a start: they were ended, all at once."""
        code = self.ran.exit_code
        ended_early = code == _NOT_ALL or not 0 <= code < _BY_SIGNAL
        return self.report is None and ended_early and not self.ran.timed_out

    def lacks_names_of(self, module: str) -> bool:
        """Whether it failed because the module does not even define what the tests use."""
        if self.report is None:
            return False
        said = "\n".join([*self.report.broken, *(one.says for one in self.report.failures)])
        missing = rf"cannot import name '\w+' from '{module}'|module '{module}' has no attribute"
        return re.search(missing, said) is not None

    def as_check(self, name: str, *, told: bool = True) -> Check:
        """What the model hears of failures, unless it must not be `told` what the tests are."""
        return Check(
            name=name,
            passed=self.passed,
            says=self.says(),
            command=self.argv,
            exit_code=self.ran.exit_code,
            of=self.of,
            seconds=self.seconds,
            feedback=self._feedback() if told else "It fails for other inputs than those shown.",
        )

    def says(self) -> str:
        if self.ran.timed_out:
            return f"stopped after {self.seconds:.0f} s"
        if self.report is None:
            return f"the tests ended before their report: {said(self.ran)}"
        if self.passed or not (self.report.failures or self.report.broken):
            return self.report.says()
        first = self.report.failures[0].says if self.report.failures else self.report.broken[0]
        return f"{self.report.says()}: {first_reason(first)}"

    def _feedback(self) -> str:
        if self.report is None or self.ran.timed_out:
            return f"The tests: {self.says()}"
        told = heard((one.name, one.says) for one in self.report.failures)
        told += heard(("It cannot be collected", says) for says in self.report.broken)
        return "\n".join(told) or f"The tests: {self.says()}"


def run_suite(
    trial: Trial, paths: Sequence[str], *, seed: int | None = None, all_of_them: bool = False
) -> SuiteRun:
    """The tests of these files; a seed shuffles them. They end at the first that fails, unless
    all of them are wanted."""
    argv = (*_PYTEST, *_options(trial, all_of_them=all_of_them), *paths)
    key, file = secrets.token_hex(32), trial.report_file()
    began = time.monotonic()
    ran = trial.run(argv, env=_ENVIRONMENT, stdin=json.dumps(plugin_input(key, file, seed)))
    return SuiteRun(argv, ran, _report(trial, file, key), time.monotonic() - began, trial.digest)


def run_suite_with(
    trial: Trial, paths: Sequence[str], file: str, texts: Mapping[str, str]
) -> Iterator[SuiteRun]:
    """The same tests with each of these trusted texts as that file, by the digests of what each
    then runs on. To start pytest takes longer than such tests do: they share a start.

    Where the tests leave something behind, or end more than themselves, the rest was not run."""
    argv = (*_EACH, *_options(trial), *paths)
    sealed = [(secrets.token_hex(32), trial.report_file()) for _ in texts]
    told = {
        "file": str(trial.root / file),
        "texts": list(texts.values()),
        "inputs": [plugin_input(*one) for one in sealed],
        "seconds": math.ceil(trial.most_seconds),
        "not all": _NOT_ALL,
    }
    began = time.monotonic()
    together = replace(trial, most_seconds=trial.most_seconds * len(texts))
    ran = together.run(argv, env=_ENVIRONMENT, stdin=json.dumps(told))
    seconds = (time.monotonic() - began) / max(len(texts), 1)
    for digest, (key, report) in zip(texts, sealed, strict=True):
        yield SuiteRun(argv, ran, _report(trial, report, key), seconds, digest)


def _options(trial: Trial, *, all_of_them: bool = False) -> list[str]:
    options = [option for option in _OPTIONS if not (all_of_them and option == "-x")]
    return [*options, "-o", f"pythonpath={trial.folder}"]  # a relative one would be below /dev


def _report(trial: Trial, file: Path, key: str) -> TestsReport | None:
    written = trial.take_report(file)
    return None if written is None else read_report(written.decode(errors="replace"), key)
