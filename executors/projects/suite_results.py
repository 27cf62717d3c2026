"""What came of a project's tests: what their runner wrote into a file, or what it printed."""

from __future__ import annotations

from collections.abc import Callable

from executors.exits import how_it_ended, last_line
from executors.handler import TAIL_BYTES, Failed, Ran
from executors.projects.cases import Case, Report
from executors.projects.junit import read_junit
from executors.projects.suites import IN_FILES, SuiteCommand
from executors.projects.test_output import read_cargo, read_go, read_jest, read_tap
from ygg.errors import BadInput

OUTPUT_BYTES = 8 * 1024 * 1024
"""The most of a runner's output that is understood."""


def output_bytes(command: SuiteCommand) -> int:
    return TAIL_BYTES if command.form in IN_FILES else OUTPUT_BYTES


def cases_of(
    command: SuiteCommand, ran: Ran, written: Callable[[], bytes], warn: Callable[[str], None]
) -> list[Case]:
    """What the runner reported. It is the project's own word, so it may be anything."""
    try:
        if command.form == "junit":
            return list(read_junit(written()))
        if command.form == "jest":
            return read_jest(written().decode(errors="replace"))
    except (BadInput, ValueError) as error:
        warn(f"the tests' own report is of no use: {error}")
        return read_tap(ran.stdout)
    if command.form == "go":
        return read_go(ran.stdout)
    found = read_cargo(ran.stdout) or read_tap(ran.stdout)
    whole = [] if ran.exit_code else [Case(name=" ".join(command.argv))]
    # What says nothing of its tests is one itself, if all went well.
    return found or (whole if command.form == "tap" else [])


def trouble_of(runner: str, ran: Ran, report: Report) -> Failed | None:
    """Why this is no success, if it is none."""
    if failures := report.failures:
        first = failures[0]
        place = f"{first.file}:{first.line}: " if first.file and first.line else ""
        return Failed(report.reason(), f"{place}{first.message}")
    none = not report.cases
    if none and (not ran.exit_code or (runner, ran.exit_code) == _PYTEST_FOUND_NONE):
        return NoTests("no tests were found", f"is {runner} right, and this the right folder?")
    if ran.exit_code:
        said = "before any test was reported" if none else "though no test failed"
        return Failed(f"{runner}: {how_it_ended(ran)} {said}", last_line(ran))
    return None


class NoTests(Failed):
    """There is nothing that could have failed."""


_PYTEST_FOUND_NONE = ("pytest", 5)
