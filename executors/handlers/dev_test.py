"""`dev-test`: run a project's tests, whatever runs them, and say what failed."""

from __future__ import annotations

import shlex
import time

from pydantic import Field, JsonValue

from executors.handler import Context, Ran, handler
from executors.projects.cases import Case, Report, report_of
from executors.projects.junit import MOST_BYTES
from executors.projects.kinds import Folder, Runner, runners_of
from executors.projects.params import Project, Words
from executors.projects.suite_results import cases_of, output_bytes, trouble_of
from executors.projects.suites import Facts, SuiteCommand, command_for
from executors.projects.test_output import go_text
from executors.projects.workplace import Workplace, likeliest, workplace
from executors.safe_files import read_file, remove_file
from executors.sources import RepositorySettings

REPORT = "junit.xml"
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
    cases = cases_of(command, ran, lambda: _written(context), context.warn)
    report = report_of(cases, time.monotonic() - began, place.folder)
    result: dict[str, JsonValue] = {"runner": runner, **report.as_data()}
    trouble = trouble_of(runner, ran, report)
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
    kept = output_bytes(command)
    if command.form != "go":
        return place.run(command.argv, env=command.env, keep_bytes=kept)
    # What go writes is for programs: the log gets what a person would have seen.
    ran = place.run(command.argv, env=command.env, keep_bytes=kept, logged=False)
    place.context.log((go_text(ran.stdout) + ran.stderr)[-GO_LOG_BYTES:])
    return ran


def _written(context: Context) -> bytes:
    return read_file(context.workspace / REPORT, context.workspace, MOST_BYTES)
