"""What the model is asked without the harness, and how its answer is read."""

from __future__ import annotations

import pytest

from benchmarks.code.answers import findings, result_of
from benchmarks.code.asking import finding, possible_bugs, ruff_output, seed_of
from benchmarks.code.questions import numbered_diff, question
from benchmarks.code_tasks.corpus import LABELS, all_tasks, tasks
from benchmarks.code_tasks.task import Finding, Task


def task(name: str) -> Task:
    return next(one for one in all_tasks() if one.id == name)


def asked(name: str, seen: str = "") -> str:
    return question(task(name), seen)[-1].text


@pytest.mark.parametrize("label", LABELS)
def test_a_question_has_all_that_the_agent_is_given_and_nothing_that_is_hidden(label: str) -> None:
    for one in tasks(label):
        text = question(one, "what a tool said")[-1].text
        assert one.id not in text
        given = [*one.files.values(), *(str(one.params.get(name, "")) for name in PARAMS)]
        if label != "code-review":  # whose lines are numbered
            assert all(each.strip() in text for each in given), one.id
        hidden = [*one.hidden.tests.split("\n\n\n"), *one.reference.files.values()]
        shown = "\n".join(given)
        assert not [
            each for each in hidden if len(each) > 60 and each in text and each not in shown
        ]


PARAMS = ("spec", "signature", "tests", "guidance")


def test_a_question_says_what_the_tools_said() -> None:
    assert "E741 Ambiguous" in asked("fix-lint/ambiguous-name", "lines.py:4:9: E741 Ambiguous")
    assert "1 failed" in asked("fix/wrong-sign", "E  assert 1 == 2\n1 failed")


def test_ruff_says_what_is_asked_of_it_and_no_more() -> None:
    source = "import os\nl = 1\n"
    said = ruff_output("lines.py", source, ["E741"])
    assert said.startswith("lines.py:2:1: E741")
    assert "F401" not in said
    assert ruff_output("lines.py", "x = 1\n", ["E741"]) == ""


def test_lines_of_a_diff_have_the_numbers_they_will_have() -> None:
    diff = (
        "--- a/x.py\n+++ b/x.py\n@@ -4,3 +4,3 @@\n one\n-two\n+zwei\n three\n@@ -20 +20,1 @@\n+x\n"
    )
    lines = numbered_diff(diff).splitlines()[1:-1]
    assert [line[:4].strip() for line in lines] == ["", "", "", "4", "", "5", "6", "", "20"]
    assert lines[5] == "  5 +zwei"


@pytest.mark.parametrize("label", LABELS)
def test_every_task_can_be_answered_in_the_form_that_is_asked_for(label: str) -> None:
    for one in tasks(label):
        reference = one.reference
        changed = {p: text for p, text in reference.files.items() if one.files.get(p) != text}
        said = [f"{each.line}: {each.says}" for each in reference.findings]
        blocks = [f"```python\n{text}```" for text in changed.values()]
        answer = "Here it is:\n" + "\n".join([*said, *blocks]) + "\nThat is all."
        found = result_of(one, answer)
        assert (found.files, found.findings) == (changed, reference.findings), one.id


def test_the_first_block_of_python_is_the_result() -> None:
    text = "Run it:\n```bash\npip list\n```\n```python\nx = 1\n```\nor\n```python\nx = 2\n```\n"
    one = task("generate/is-even")
    assert result_of(one, text).files == {"solution.py": "x = 1\n"}
    assert result_of(one, f"<think>```\nno\n```</think>\n{text}").files == {
        "solution.py": "x = 1\n"
    }


def test_code_without_a_fence_or_without_the_end_of_one_is_taken() -> None:
    one = task("generate/is-even")
    assert result_of(one, "x = 1").files == {"solution.py": "x = 1"}
    assert result_of(one, "```py\nx = 1\n").files == {"solution.py": "x = 1\n"}
    assert result_of(one, " \n").files == {}


def test_tests_are_a_file_beside_the_module() -> None:
    one = task("test/planted-average")
    assert list(result_of(one, "```\nx = 1\n```").files) == ["test_rating.py"]


def test_of_several_files_the_named_one_is_meant_or_else_the_most_alike() -> None:
    one = task("fix/two-modules")
    assert "# path/to/file.py" in question(one)[-1].text
    named = "```python\n# bill.py\ndef show(cents):\n    return ''\n```"
    assert list(result_of(one, named).files) == ["bill.py"]
    bare = f"```python\n{one.files['money.py'].replace('100', '1_00')}```"
    assert list(result_of(one, bare).files) == ["money.py"]


def test_a_test_file_is_never_what_was_meant_to_be_mended() -> None:
    one = task("fix/two-modules")
    copied = f"```python\n# test_bill.py\n{one.files['test_bill.py']}```"
    assert not set(result_of(one, copied).files) & {"test_bill.py"}


@pytest.mark.parametrize(
    "line",
    [
        "4: it is wrong",
        "LINE 4: it is wrong",
        "LINE: 4: it is wrong",
        "- Line 4: it is wrong",
        "* **4**: it is wrong",
        "1. Line 4 - it is wrong",
        "boxes.py:4: it is wrong",
        "> `4`: it is wrong",
    ],
)
def test_findings_are_read_in_whatever_way_they_are_numbered(line: str) -> None:
    assert findings(line) == (Finding(line=4, says="it is wrong"),)


@pytest.mark.parametrize(
    "text", ["none", "None.", "There is no bug.", "1. all is well", "", "  4     self.x = y"]
)
def test_what_is_no_finding_is_none(text: str) -> None:
    assert findings(text) == ()


def test_each_round_has_other_seeds_and_the_first_the_frozen_ones() -> None:
    one = task("generate/is-even")
    assert seed_of(one, 0) == one.seed
    assert len({seed_of(one, number) for number in range(5)}) == 5


def test_findings_of_the_agent_that_no_machine_confirms_are_advisory() -> None:
    told = {"file": "a.py", "line": 3, "message": "may crash", "proven": False, "proof": None}
    assert finding(told) == Finding(line=3, says="may crash", path="a.py", advisory=True)
    proven = finding({**told, "proven": True, "proof": "f([]) raises IndexError"})
    assert (proven.advisory, proven.says) == (False, "may crash f([]) raises IndexError")


def test_possible_bugs_are_test_files() -> None:
    assert possible_bugs([{"test": "a"}, {"test": "b"}]) == {
        "test_possible_bug_1.py": "a",
        "test_possible_bug_2.py": "b",
    }
