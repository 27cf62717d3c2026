"""A pytest plugin that shuffles the tests and reports what each did, under seal.

Loaded by `-p ygg_pytest`, it reads one JSON object from standard input: `key`, `report` (the path
to write) and `seed` (nothing: the order stays). The key is gone from there before any test module
or conftest is imported. An environment variable would remain in /proc/self/environ.

Without the key nobody can write a report that is believed, nor does one exist when the process ends
early. Code that looks for the key in this process's memory can have it: whoever needs more must not
run the code in the process that judges it.

Before the first test and after the last, tests run that must fail. Where they do not, the code has
changed pytest itself, and the report says that it is not to be believed.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from code_agent.inside.ygg_canaries import NAME, doubt, run_canaries
    from code_agent.inside.ygg_sealed import Report, sealed_report, take_input
else:  # it lies beside this file, wherever that is run
    from ygg_canaries import NAME, doubt, run_canaries
    from ygg_sealed import Report, sealed_report, take_input

MOST_TESTS = 5000
TAIL_LENGTH = 2048
NAME_LENGTH = 300

_SKIPPED_FRAMES = ("/_pytest/", "/unittest/", "/pluggy/", "/numpy/testing/", "/contextlib.py")
"""Where an assertion that a test called is raised on its behalf."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Called as soon as this is loaded: before conftests, and before pytest takes over stdin."""
    try:
        told = take_input()
        report = sealed_report(told["key"], Path.cwd() / told["report"])
        reporter = Reporter(report, told.get("seed"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise pytest.UsageError("ygg_pytest: standard input must name a key and a report") from None
    pluginmanager.register(reporter)
    pytest.register_assert_rewrite(NAME)
    for own in ("ygg_pytest", "ygg_sealed", "ygg_canaries"):
        sys.modules.pop(own, None)  # so that nobody changes what is in use here


class Reporter:
    def __init__(self, report: Report, seed: int | None) -> None:
        self._report = report
        self._seed = seed
        self._collected: list[str] = []
        self._broken: list[dict[str, str]] = []
        self._tests: dict[str, dict[str, Any]] = {}
        self._doubt = "the tests did not run to their end"

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, None]:
        before = self._doubted(session)
        yield
        self._doubt = before or self._doubted(session)

    def _doubted(self, session: pytest.Session) -> str:
        """Whether tests that must fail do not, in the same way as all others."""
        if self._broken or session.config.option.collectonly:
            return ""
        kept, self._tests = self._tests, {}
        try:
            run_canaries(session)
            return doubt({_last(name): one["ended"] for name, one in self._tests.items()})
        except BaseException as error:  # noqa: BLE001  it is what the code made of pytest
            return f"the test runner cannot be tried: {type(error).__name__}: {error}"[:NAME_LENGTH]
        finally:
            self._tests = kept

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, None]:
        self._collected = [item.nodeid for item in items]
        yield
        if self._seed is not None:
            items.sort(key=lambda item: item.nodeid)
            random.Random(self._seed).shuffle(items)  # noqa: S311  an order, not a secret

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            said = {"of": report.nodeid[:NAME_LENGTH], "says": report.longreprtext[-TAIL_LENGTH:]}
            self._broken.append(said)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        made = yield
        report: pytest.TestReport = made.get_result()
        test = self._tests.setdefault(
            item.nodeid, {"ended": "", "asserted": False, "seconds": 0.0, "says": ""}
        )
        test["seconds"] = round(test["seconds"] + report.duration, 6)
        ended = _ended(report)
        if test["ended"] in ("", "passed") and ended:
            test["ended"] = ended
        if report.failed and not test["says"]:
            test["asserted"] = report.when == "call" and _is_asserted(item, call)
            test["says"] = report.longreprtext[-TAIL_LENGTH:]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        head = {
            "collected": [one[:NAME_LENGTH] for one in self._collected[:MOST_TESTS]],
            "more": max(0, len(self._collected) - MOST_TESTS),
            "broken": self._broken[:20],
            "exit": int(exitstatus),
            "doubt": self._doubt,
        }
        tests = ({"test": name[:NAME_LENGTH], **one} for name, one in self._kept())
        self._report([head, *tests])

    def _kept(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self._tests.items())[:MOST_TESTS]


def _last(name: str) -> str:
    return name.rpartition("::")[2]


def _ended(report: pytest.TestReport) -> str:
    expected = hasattr(report, "wasxfail")
    if report.skipped:
        return "xfailed" if expected else "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.when != "call":
        return ""
    return "xpassed" if expected else "passed"


def _is_asserted(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Whether the test said no, and not the code that it calls."""
    if call.excinfo is None or not call.excinfo.errisinstance(
        (AssertionError, pytest.fail.Exception)
    ):
        return False
    place = None
    for entry in call.excinfo.traceback:
        path = str(entry.path)
        if not any(part in path for part in _SKIPPED_FRAMES):
            place = path
    return place is not None and (place == str(item.path) or Path(place).name == "conftest.py")
