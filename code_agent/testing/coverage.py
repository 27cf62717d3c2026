"""What of a file some tests reach, as `coverage` counts it.

Its data is written by the process that the code under test runs in: it is that code's word. It is
believed as far as it agrees with the source, with the sealed report of the same run, and with the
faults that tests noticed: a line where one was noticed has run.
"""

from __future__ import annotations

import ast
import json
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from code_agent.python.reports import plugin_input, read_report
from code_agent.python.source import lines_of, parsed
from code_agent.testing.testbed import Testbed, told_where
from code_agent.trial import INSIDE, PYTHON
from executors.handler import Ran

_PYTEST = (
    *("-m", "pytest", "-q", "--color=no", "--tb=short", "-p", "ygg_pytest"),
    *("-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=.", "--import-mode=prepend"),
)
# Not from the folder: a file there could have the name of one of these programs.
_RUN = (PYTHON, "-P", "-B", "-m", "coverage", "run", "--rcfile=/dev/null", "--branch")
_JSON = (PYTHON, "-P", "-m", "coverage", "json", "--rcfile=/dev/null", "--quiet")
MOST_SECONDS = 120.0
"""Tests that are there already may take their time."""
Branch = tuple[int, int]


@dataclass(frozen=True)
class Covered:
    lines: frozenset[int]
    branches: frozenset[Branch]
    all_lines: int
    all_branches: int
    command: tuple[str, ...]
    exit_code: int
    of: str
    seconds: float

    @property
    def is_whole(self) -> bool:
        return len(self.lines) == self.all_lines and len(self.branches) == self.all_branches

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "lines": len(self.lines),
            "of_lines": self.all_lines,
            "branches": len(self.branches),
            "of_branches": self.all_branches,
        }

    def more_than(self, before: Covered) -> bool:
        return bool(self.lines - before.lines or self.branches - before.branches)

    def says(self) -> str:
        said = f"{len(self.lines)} of {self.all_lines} lines"
        if self.all_branches:
            said += f" and {len(self.branches)} of {self.all_branches} branches"
        return said


@dataclass(frozen=True)
class Uncounted:
    """A run after which nobody knows what was reached."""

    why: str
    command: tuple[str, ...]
    exit_code: int
    of: str
    seconds: float


def covered(
    testbed: Testbed, files: Mapping[str, str], paths: Sequence[str]
) -> Covered | Uncounted:
    """By the tests of these paths, some of them written for this."""
    key, began = secrets.token_hex(32), time.monotonic()
    with testbed.trial(files, MOST_SECONDS) as trial:
        data, report, told = (trial.report_file() for _ in range(3))
        source = testbed.seen(testbed.subject.path)
        shown = [testbed.seen(path) for path in paths]
        argv = (
            *_RUN,
            f"--data-file={data}",
            f"--include={source}",
            *_PYTEST,
            *told_where(trial),
            *shown,
        )
        ran = trial.run(
            argv,
            env={"PYTHONPATH": str(INSIDE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdin=json.dumps(plugin_input(key, report)),
        )
        found: _Reached | str = _distrust(ran, trial.take_report(report), key)
        if not found:
            trial.run([*_JSON, f"--data-file={data}", "-o", str(told)])
            text = trial.take_report(told)
            found = read_coverage(text or b"", testbed.subject.source)
    ended = (argv, ran.exit_code, trial.digest, time.monotonic() - began)
    return Uncounted(found, *ended) if isinstance(found, str) else Covered(*found, *ended)


def _distrust(ran: Ran, written: bytes | None, key: str) -> str:
    """Why the run is not believed; empty where it is."""
    if ran.timed_out or written is None:
        return "the run ended before its report"
    if read_report(written.decode(errors="replace"), key) is None:
        return "the report of the run is not under seal"
    return ""


def contradicted(found: Covered, source: str, noticed: Collection[int]) -> str:
    """Which lines must have run, since faults in them were noticed, and are unknown to it."""
    ran = {line: _first_line(source, line) for line in noticed}
    missing = sorted(line for line, first in ran.items() if not {line, first} & found.lines)
    return f"it says that line {missing[0]} never ran, where a fault was noticed" if missing else ""


_Reached = tuple[frozenset[int], frozenset[Branch], int, int]


def read_coverage(text: bytes, source: str) -> _Reached | str:
    try:
        files = list(json.loads(text)["files"].values())
        if not files:  # it was not even imported
            return frozenset(), frozenset(), 0, 0
        [told] = files
        lines, missed = (_numbers(told[name]) for name in ("executed_lines", "missing_lines"))
        branches = frozenset((int(a), int(b)) for a, b in told["executed_branches"])
        others = frozenset((int(a), int(b)) for a, b in told["missing_branches"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "coverage wrote no report"
    known = frozenset(range(1, len(lines_of(source)) + 1))
    begun = {one for one, _ in branches | others}
    if not lines | missed | begun <= known or lines & missed or branches & others:
        return "what coverage wrote does not fit the source"
    return lines, branches, len(lines | missed), len(branches | others)


def _numbers(value: Sequence[int]) -> frozenset[int]:
    return frozenset(int(one) for one in value)


def _first_line(source: str, line: int) -> int:
    """Of the innermost statement around it: that is the line that is counted."""
    around = [
        one
        for one in ast.walk(parsed(source))
        if isinstance(one, ast.stmt) and one.lineno <= line <= (one.end_lineno or one.lineno)
    ]
    return max((one.lineno for one in around), default=line)
