"""Tests in the sandbox: what is believed of them, and what the model hears."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import JsonValue

from code_agent.checks.suite import run_suite
from code_agent.params import CodeTask
from code_agent.settings import AgentSettings
from code_agent.work import open_work
from executors.handler import Context, handler
from executors.models.asking import Models
from executors.sources import RepositorySettings
from tests.integration.code_agent.conftest import CodeTasks

TESTS = """
from solution import double

def test_small():
    assert double(2) == 4

def test_none():
    assert double(0) == 0
"""


@handler("code-suite", untrusted=True)
def suite(
    params: CodeTask,
    context: Context,
    models: Models,
    agent: AgentSettings,
    repositories: RepositorySettings,
) -> JsonValue:
    work = open_work(params, context, repositories, agent.check_seconds)
    with work.trial({}) as trial:
        trial.run(["sh", "-c", "touch /tmp/left /tmp/home/left left"])
    with work.trial({}) as trial:
        before = trial.run(["sh", "-c", "ls /tmp /tmp/home; test ! -e left"])
        found = run_suite(trial, ["test_solution.py"], seed=1)
    check = found.as_check("tests")
    left = sorted(path.name for path in context.workspace.iterdir())
    assert "left" not in before.stdout, before.stdout
    assert before.exit_code == 0
    return {**check.as_data(), "feedback": check.feedback, "left": list[JsonValue](left)}


def run(code: CodeTasks, solution: str, tests: str = TESTS, **agent: Any) -> dict[str, JsonValue]:
    code.agent = agent
    files = {"solution.py": solution, "test_solution.py": tests}
    return code.run(suite, {}, files=files).result


def test_tests_that_pass(code: CodeTasks) -> None:
    found = run(code, "def double(n):\n    return 2 * n\n")
    assert (found["passed"], found["says"], found["exit_code"]) == (True, "2 passed", 0)
    assert len(str(found["of"])) == 64
    assert found["left"] == []


def test_a_failure_says_why(code: CodeTasks) -> None:
    found = run(
        code,
        "def double(n):\n    return n * n\n",
        TESTS + "\ndef test_3():\n    assert double(3) == 6\n",
    )
    assert found["passed"] is False
    assert "assert 9 == 6" in str(found["says"])
    assert "test_3" in str(found["feedback"])


def test_one_that_cannot_be_collected_says_why(code: CodeTasks) -> None:
    found = run(code, "def triple(n):\n    return 3 * n\n")
    assert found["passed"] is False
    assert "cannot import name 'double'" in str(found["says"])


@pytest.mark.parametrize(
    "escape",
    [
        "import os\nos._exit(0)\n",
        "raise SystemExit(0)\n",
        "import pytest\npytest.exit('fine', 0)\n",
        "import sys\nsys.modules['pytest'] = None\n",
    ],
)
def test_code_that_ends_the_run_proves_nothing(code: CodeTasks, escape: str) -> None:
    assert run(code, escape + "def double(n):\n    return n\n")["passed"] is False


def test_tests_that_are_skipped_prove_nothing(code: CodeTasks) -> None:
    skipped = "import pytest\npytest.skip('not today', allow_module_level=True)\n"
    assert run(code, skipped + "def double(n):\n    return n\n")["passed"] is False


def test_a_file_with_the_name_of_pytest_is_not_run_in_its_place(code: CodeTasks) -> None:
    files = {"pytest.py": "print('1 passed')\n", "solution.py": "def double(n):\n    return n\n"}
    found = code.run(suite, {}, files=files | {"test_solution.py": TESTS}).result
    assert found["passed"] is False
    assert "assert 2 == 4" in str(found["says"])


def test_code_that_never_ends_is_stopped(code: CodeTasks) -> None:
    found = run(code, "def double(n):\n    while True: pass\n", check_seconds=2)
    assert found["passed"] is False
    assert str(found["says"]).startswith("stopped after 2")
