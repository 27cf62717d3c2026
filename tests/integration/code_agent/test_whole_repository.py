"""A repository of which no file is named: each label works on what there is for it to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from code_agent.handlers.code_document import document
from code_agent.handlers.code_fix_lint import fix_lint
from code_agent.handlers.code_refactor import refactor
from code_agent.handlers.code_review import review
from code_agent.handlers.code_test import write_tests
from executors.handler import Handler
from executors.sources import RepositorySettings
from tests.attempts import Ended
from tests.gitserver import Repository
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.scripted_model import Asked, Script, Scripted
from ygg.task import Verdict

SLOW_TOTAL = """def total(items):
    result = 0
    for item in items:
        result = result + item
    return result
"""
TOTAL = "def total(items):\n    return sum(items)\n"
FILES: dict[str, str | bytes] = {
    "app/areas.py": "def area(width, height):\n    return width * height\n",
    "app/sums.py": SLOW_TOTAL,
    "app/known.py": '"""Known."""\n\nLIMIT = 3\n',
    "app/made.py": "# @generated\ndef made():\n    return 1\n",
    "app/broken.py": "def broken(:\n",
    "app/latin.py": "# \xe9\n".encode("latin-1"),
    "setup.py": "import os\n\nVERSION = 1\n",
    "tests/test_areas.py": "import sys\n\n\ndef test_area():\n    assert 6\n",
    "vendor/theirs.py": "def theirs(n):\n    return n\n",
    "third_party/others.py": "def others(n):\n    return n\n",
}
NOT_PARSED = "app/broken.py: it cannot be parsed: "


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repositories"
    folder.mkdir()
    found = Repository(folder, "site")
    found.commit(FILES, "The first")
    return found


def run(
    code: CodeTasks, repository: Repository, handler: Handler, script: Script, **params: Any
) -> Ended:
    code.repositories = RepositorySettings(allow_file=(repository.bare.parent,))
    given = {"repo": f"file://{repository.bare}", "ref": "main", **params}
    return code.run(handler, given, script)


def described(asked: Asked) -> Scripted:
    if "Describe the module" in asked.text:
        said: dict[str, Any] = {"summary": "Areas by width and height, or the total of items."}
    elif "function area." in asked.text:
        params = {"width": "One side.", "height": "The other."}
        said = {"summary": "Multiply width by height.", "params": params, "returns": "The area."}
    else:
        said = {"summary": "Add up all items.", "params": {"items": "Numbers."}, "returns": "It."}
    return json.dumps(said)


def changed(ended: Ended) -> list[str]:
    result: Any = ended.result
    return [one["path"] for one in result["changes"]]


def left_out(ended: Ended) -> list[str]:
    """Without the compiler's own words."""
    result: Any = ended.result
    return [one if NOT_PARSED not in one else NOT_PARSED for one in result["left_out"]]


UNFIT = [NOT_PARSED, "app/latin.py is not UTF-8", "app/made.py: generated"]


def test_what_has_no_docstring_is_documented(code: CodeTasks, repository: Repository) -> None:
    ended = run(code, repository, document, described)
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert changed(ended) == ["app/areas.py", "app/sums.py"]
    assert left_out(ended) == UNFIT


def test_a_name_that_only_one_file_has(code: CodeTasks, repository: Repository) -> None:
    ended = run(code, repository, document, described, names=["area"])
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.log
    assert changed(ended) == ["app/areas.py"]
    missing = run(code, repository, document, described, names=["missing"])
    assert "there is no missing" in missing.outcome.reason


def test_a_repository_without_anything_to_document(code: CodeTasks, repository: Repository) -> None:
    done = {"app/areas.py": '"""Areas."""\n', "app/sums.py": '"""Sums."""\n'}
    repository.commit(dict(done), "All is told")
    ended = run(code, repository, document, [])
    assert ended.outcome.verdict is Verdict.VERIFIED, ended.outcome.reason
    assert changed(ended) == []


def test_no_more_than_twenty_files_and_the_rest_is_told(
    code: CodeTasks, repository: Repository
) -> None:
    many = {f"app/n{one:02}.py": f"N{one} = {one}\n" for one in range(22)}
    repository.commit(dict(many), "Many")
    ended = run(code, repository, review, lambda _: json.dumps({"findings": []}), path="app")
    beyond = [one for one in left_out(ended) if "too many" in one]
    # Three that come first are read: areas, broken and known.
    assert beyond == [
        *(f"app/n{one}.py: one of too many files" for one in range(17, 22)),
        "app/sums.py: one of too many files",
    ]
    assert ended.outcome.verdict is Verdict.UNVERIFIED
    assert "were not read" in ended.outcome.reason


@pytest.mark.slow
@pytest.mark.parametrize("guidance", ["Simplify total().", "Make sums.py shorter."])
def test_guidance_says_which_file_is_refactored(
    code: CodeTasks, repository: Repository, guidance: str
) -> None:
    ended = run(code, repository, refactor, [block(TOTAL)], guidance=guidance, answers=1)
    assert changed(ended) == ["app/sums.py"], ended.log
    assert len(code.asked) == 1


@pytest.mark.slow
def test_all_code_is_refactored_where_nothing_else_is_said(
    code: CodeTasks, repository: Repository
) -> None:
    def script(asked: Asked) -> Scripted:
        return block(TOTAL if "def total" in asked.text else str(FILES["app/areas.py"]))

    ended = run(code, repository, refactor, script, answers=1)
    assert [one["name"] for one in ended.result["pieces"]] == ["app/areas.py", "app/sums.py"]  # type: ignore[index, call-overload, union-attr]
    assert changed(ended) == ["app/sums.py"]
    assert left_out(ended) == UNFIT


@pytest.mark.slow
def test_what_is_public_is_tested(code: CodeTasks, repository: Repository) -> None:
    test = "def test_area():\n    assert area(2, 3) == 6\n    assert area(0, 3) == 0\n"
    repository.commit({"app/away.py": "import nowhere\n\n\ndef away():\n    return 1\n"})
    script: Script = lambda asked: block(test if "area" in asked.text else "")  # noqa: E731
    ended = run(code, repository, write_tests, script, answers=1, path="app")
    assert changed(ended) == ["app/test_areas_more.py"], ended.log
    [away] = [one for one in left_out(ended) if "away" in one]
    assert "cannot be imported" in away


@pytest.mark.slow
def test_a_linter_reads_tests_as_well(code: CodeTasks, repository: Repository) -> None:
    ended = run(code, repository, fix_lint, [], select=["F401"])
    assert changed(ended) == ["setup.py", "tests/test_areas.py"], ended.log
