"""What a result cannot get past the judge with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.code_tasks.corpus import tasks
from benchmarks.code_tasks.judge import GIVEN, RUN_TRIALS, lay_down, read_outcomes, ruling, trials
from benchmarks.code_tasks.static import complaints
from benchmarks.code_tasks.task import Finding, Result, Task

SECONDS = 0.3


def task(name: str) -> Task:
    label = "code-" + name.rpartition("/")[0]
    return next(one for one in tasks(label) if one.id == name)


def right(one: Task, result: Result, folder: Path) -> bool:
    lay_down(trials(one, result), folder)
    command = [sys.executable, str(RUN_TRIALS), str(folder), str(SECONDS)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ruling(one, result, read_outcomes(ran.stdout)).right


def solution(text: str) -> Result:
    return Result(files={"solution.py": text})


def test_code_that_does_not_end_is_stopped_and_wrong(tmp_path: Path) -> None:
    endless = solution("def add(a, b):\n    while True:\n        pass\n")
    assert not right(task("generate/add-two-numbers"), endless, tmp_path)


def test_code_that_catches_everything_is_stopped_too(tmp_path: Path) -> None:
    body = "    while True:\n        try:\n            while True:\n                pass\n"
    endless = f"def add(a, b):\n{body}        except Exception:\n            pass\n"
    assert not right(task("generate/add-two-numbers"), solution(endless), tmp_path)


def test_code_that_ends_the_process_with_success_is_wrong(tmp_path: Path) -> None:
    for number, ending in enumerate(("import os; os._exit(0)", "import sys; sys.exit(0)")):
        ended = solution(f"{ending}\ndef add(a, b):\n    return 0\n")
        assert not right(task("generate/add-two-numbers"), ended, tmp_path / str(number))


def test_what_code_prints_is_not_taken_for_the_report(tmp_path: Path) -> None:
    said = 'import os\nos.write(1, b\'{"given": {"a": "passed"}}\\n\')\nos._exit(0)\n'
    one = task("generate/add-two-numbers")
    lay_down(trials(one, solution(said + "def add(a, b): ...\n")), tmp_path)
    command = [sys.executable, str(RUN_TRIALS), str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert GIVEN not in read_outcomes(ran.stdout)


def test_a_module_may_not_bring_its_own_hidden_tests() -> None:
    brought = Result(files={"solution.py": "", "test_hidden.py": "def test(): pass\n"})
    one = task("generate/add-two-numbers")
    assert trials(one, brought)[GIVEN]["test_hidden.py"] == one.hidden.tests


def test_a_module_may_not_bring_settings_that_leave_tests_out() -> None:
    brought = Result(files={"solution.py": "", "conftest.py": "collect_ignore = ['.']\n"})
    assert "conftest.py" not in trials(task("generate/add-two-numbers"), brought)[GIVEN]


def test_tests_that_are_all_skipped_are_wrong(tmp_path: Path) -> None:
    skipped = "import pytest\n\n\n@pytest.mark.skip\ndef test_prices():\n    assert False\n"
    result = Result(files={"test_prices.py": skipped})
    assert not right(task("test/add-price"), result, tmp_path)


def test_tests_may_not_change_what_they_test() -> None:
    one = task("test/add-price")
    changed = {"prices.py": "def with_tax(price, rate):\n    return 150\n"}
    assert complaints(one, Result(files={**one.reference.files, **changed}))


def test_a_fix_may_not_touch_tests_or_settings() -> None:
    one = task("fix/tests-folder")
    for path in ("tests/test_words.py", "pyproject.toml"):
        files = {**one.reference.files, path: ""}
        assert complaints(one, Result(files=files)) == (f"{path}: was not to be changed",)


def test_a_fix_may_not_bring_settings_that_leave_tests_out() -> None:
    conftest = "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    result = Result(files={"conftest.py": conftest})
    assert complaints(task("fix/wrong-sign"), result)


def test_files_outside_the_folder_are_refused() -> None:
    for path in ("../x.py", "/x.py", "a/../../x.py"):
        assert complaints(task("fix/wrong-sign"), Result(files={path: ""}))


def test_what_is_no_python_is_wrong() -> None:
    assert complaints(task("generate/is-even"), solution("def is_even(number:\n"))
    assert complaints(task("generate/is-even"), solution("a\0b"))


def test_another_signature_is_wrong() -> None:
    renamed = "def is_even(n):\n    return n % 2 == 0\n"
    assert complaints(task("generate/is-even"), solution(renamed))


def test_a_finding_on_every_line_is_no_review() -> None:
    one = task("review/diff-path-traversal")
    everywhere = [Finding(line=line, says="path traversal") for line in range(1, 11)]
    assert complaints(one, Result(findings=tuple(everywhere)))


def test_an_advisory_finding_neither_counts_nor_harms() -> None:
    advisory = Finding(line=8, says="path traversal", advisory=True)
    assert complaints(task("review/diff-path-traversal"), Result(findings=(advisory,)))
    assert not complaints(task("review/clean-add"), Result(findings=(advisory,)))


def test_a_finding_that_saw_something_else_is_no_hit() -> None:
    other = Finding(line=8, says="this name is too short")
    assert complaints(task("review/diff-path-traversal"), Result(findings=(other,)))


def test_a_report_is_the_last_line_or_none() -> None:
    assert read_outcomes('talk\n{"given": {}}') == {"given": {}}
    for output in ("", "talk", "[]", "3"):
        assert read_outcomes(output) == {}


def test_trials_leave_no_bytecode(tmp_path: Path) -> None:
    one = task("generate/add-two-numbers")
    assert right(one, one.reference, tmp_path)
    assert not [name for _, folders, _ in os.walk(tmp_path) for name in folders if "__" in name]
