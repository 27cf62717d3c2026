"""`dev-test`: run a project's tests, whatever runs them, and say what failed."""

from __future__ import annotations

import shlex
import time

from pydantic import Field, JsonValue

from executors.exits import how_it_ended, last_line
from executors.handler import TAIL_BYTES, Context, Failed, Ran, handler
from executors.projects.cases import Case, Report, report_of
from executors.projects.junit import MOST_BYTES, read_junit
from executors.projects.kinds import Folder, Runner, runners_of
from executors.projects.params import Project, Words
from executors.projects.suites import IN_FILES, Facts, SuiteCommand, command_for
from executors.projects.test_output import go_text, read_cargo, read_go, read_jest, read_tap
from executors.projects.workplace import Workplace, likeliest, workplace
from executors.safe_files import read_file, remove_file
from executors.sources import RepositorySettings
from ygg.errors import BadInput

REPORT = "junit.xml"
OUTPUT_BYTES = 8 * 1024 * 1024
"""The most of a runner's output that is understood."""
GO_LOG_BYTES = 256 * 1024


class Tests(Project):
    runner: Runner | None = None
    """What runs the tests; by default told by the files in the folder."""
    args: Words = Field(default=[], examples=[["-k", "parser"]])
    """Added to the runner's command line."""


@handler(
    "dev-test",
    summary="Run a project's tests: pytest, npm, go, cargo or make. What failed comes as data.",
    untrusted=True,
    commands=(
        "printf 'def test_sum():\\n    assert 1 + 1 == 2\\n' > test_sum.py"
        " && ygg submit --label dev-test --file test_sum.py --wait",
    ),
)
def run_tests(params: Tests, context: Context, settings: RepositorySettings) -> JsonValue:
    place = workplace(params, context, settings)
    folder = Folder(place.folder)
    runner = params.runner or likeliest(
        runners_of(folder), context, "runner", does="test", done="tested"
    )
    command = command_for(runner, _facts(runner, place, folder), params.args)
    remove_file(context.workspace, REPORT)  # what these tests do not write is none of theirs
    context.log("$ " + shlex.join(command.argv))
    began = time.monotonic()
    ran = _run(command, place)
    report = report_of(_cases(command, ran, context), time.monotonic() - began, place.folder)
    result: dict[str, JsonValue] = {"runner": runner, **report.as_data()}
    trouble = _trouble(runner, ran, report)
    if trouble and not report.failures:
        unread = Case(name=f"{runner}: all", ended="error", message=trouble.reason)
        report = Report([*report.cases, unread], report.seconds)
    place.keep_as(REPORT, report.as_junit(runner))
    if trouble:
        trouble.result = result
        raise trouble
    return result


def _facts(runner: Runner, place: Workplace, folder: Folder) -> Facts:
    return Facts(
        program=place.program(runner),
        report=place.context.workspace / REPORT,
        package=folder.package(),
        make_targets=frozenset(folder.make_targets()),
    )


def _run(command: SuiteCommand, place: Workplace) -> Ran:
    kept = TAIL_BYTES if command.form in IN_FILES else OUTPUT_BYTES
    if command.form != "go":
        return place.run(command.argv, env=command.env, keep_bytes=kept)
    # What go writes is for programs: the log gets what a person would have seen.
    ran = place.run(command.argv, env=command.env, keep_bytes=kept, logged=False)
    place.context.log((go_text(ran.stdout) + ran.stderr)[-GO_LOG_BYTES:])
    return ran


def _cases(command: SuiteCommand, ran: Ran, context: Context) -> list[Case]:
    """What the runner reported. It is the project's own word, so it may be anything."""
    try:
        if command.form == "junit":
            return list(read_junit(_written(context)))
        if command.form == "jest":
            return read_jest(_written(context).decode(errors="replace"))
    except (BadInput, ValueError) as error:
        context.warn(f"the tests' own report is of no use: {error}")
        return read_tap(ran.stdout)
    if command.form == "go":
        return read_go(ran.stdout)
    found = read_cargo(ran.stdout) or read_tap(ran.stdout)
    whole = [] if ran.exit_code else [Case(name=" ".join(command.argv))]
    # What says nothing of its tests is one itself, if all went well.
    return found or (whole if command.form == "tap" else [])


def _written(context: Context) -> bytes:
    return read_file(context.workspace / REPORT, context.workspace, MOST_BYTES)


def _trouble(runner: Runner, ran: Ran, report: Report) -> Failed | None:
    if failures := report.failures:
        first = failures[0]
        place = f"{first.file}:{first.line}: " if first.file and first.line else ""
        return Failed(report.reason(), f"{place}{first.message}")
    none = not report.cases
    found_none = none and (not ran.exit_code or (runner, ran.exit_code) == _PYTEST_FOUND_NONE)
    if found_none:
        return Failed("no tests were found", f"is {runner} right, and this the right folder?")
    if ran.exit_code:
        said = "before any test was reported" if none else "though no test failed"
        return Failed(f"{runner}: {how_it_ended(ran)} {said}", last_line(ran))
    return None


_PYTEST_FOUND_NONE = ("pytest", 5)
