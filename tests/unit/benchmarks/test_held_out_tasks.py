"""The tasks held out: as sound as the others, and their wrong results look right at first."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.code.corpora import HELD_OUT, WORKED_ON
from benchmarks.code_agent import Plan
from benchmarks.code_tasks import corpus
from benchmarks.code_tasks.corpus import LABELS
from benchmarks.code_tasks.judge import SHOWN_TESTS
from benchmarks.code_tasks.static import complaints
from benchmarks.code_tasks.task import Files, Result, Task, is_test
from tests.corpus_checks import examples_tried, failing, given_away, mistakes, rules_kept

# One task is about an invalid escape.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence")

OF_EACH = 12
WITH_TESTS = ("code-generate", "code-refactor", "code-fix-lint", "code-fix")


@pytest.mark.few(1)
@pytest.mark.parametrize("label", LABELS)
def test_references_are_right_and_wrong_results_are_not(label: str, tmp_path: Path) -> None:
    mistaken = mistakes(HELD_OUT.tasks(label), tmp_path)
    assert not mistaken, "\n".join(mistaken)


def test_wrong_results_pass_the_tests_that_are_shown(tmp_path: Path) -> None:
    """All but a few of them, and at least one of each task."""
    shown = {
        f"{task.id.replace('/', '.')}.{number}": with_tests(task, result)
        for label in WITH_TESTS
        for task in HELD_OUT.tasks(label)
        for number, result in enumerate((task.reference, *task.wrong))
    }
    tested = {name: files for name, files in shown.items() if any(map(is_test, files))}
    failed = failing(tested, tmp_path)
    assert not [name for name in failed if name.endswith(".0")]
    assert len(failed) < len(tested) / 10
    passed = {name.rpartition(".")[0] for name in tested.keys() - failed if name[-2:] != ".0"}
    assert passed == {name.rpartition(".")[0] for name in tested}


def with_tests(task: Task, result: Result) -> Files:
    tests = task.params.get("tests")
    return {**task.files, **result.files, **({SHOWN_TESTS: str(tests)} if tests else {})}


def test_only_the_tests_of_what_is_to_be_mended_fail(tmp_path: Path) -> None:
    labels = ("code-fix", "code-refactor", "code-fix-lint")
    tested = [task for label in labels for task in HELD_OUT.tasks(label)]
    projects = {task.id: task.files for task in tested if any(map(is_test, task.files))}
    names = {name.replace("/", "."): files for name, files in projects.items()}
    assert failing(names, tmp_path) == {name for name in names if name.startswith("fix.")}


def test_wrong_results_follow_the_rules_of_the_linter() -> None:
    for task in HELD_OUT.tasks("code-fix-lint"):
        assert not [wrong.why for wrong in task.wrong if complaints(task, wrong)], task.id


def test_every_rule_a_task_selects_is_broken_in_it() -> None:
    assert not rules_kept(HELD_OUT.tasks("code-fix-lint"))


def test_examples_in_a_spec_are_what_the_reference_does() -> None:
    assert examples_tried(HELD_OUT.tasks("code-generate"))


def test_nothing_hidden_is_shown() -> None:
    lines = given_away(HELD_OUT.all_tasks())
    assert not lines, "\n".join(lines)


def test_there_are_as_many_of_each_label_each_with_wrong_results() -> None:
    for label in LABELS:
        assert len(HELD_OUT.tasks(label)) == OF_EACH
        assert not [task.id for task in HELD_OUT.tasks(label) if len(task.wrong) < 2]


def test_none_is_in_the_other_corpus() -> None:
    sources = [
        {text for task in one.all_tasks() for text in (*task.files.values(), *wanted(task)) if text}
        for one in (HELD_OUT, WORKED_ON)
    ]
    assert not sources[0] & sources[1]
    assert not {one.id for one in HELD_OUT.all_tasks()} & {one.id for one in WORKED_ON.all_tasks()}


def wanted(task: Task) -> list[str]:
    return [str(task.params[name]) for name in ("spec", "diff") if name in task.params]


def test_a_plan_takes_the_tasks_of_one_corpus() -> None:
    plan = Plan(("code-fix", "code-test"), rounds=1, seed=0, corpus=HELD_OUT)
    expected = {task.id for label in plan.labels for task in HELD_OUT.tasks(label)}
    assert {task.id for task, _ in plan.steps()} == expected


def test_the_corpus_is_still_the_frozen_one() -> None:
    now, then = HELD_OUT.digests(), HELD_OUT.frozen_digests()
    changed = {path for path in now.keys() | then.keys() if now.get(path) != then.get(path)}
    assert not changed, f"see {HELD_OUT.folder.name}/README.md first: {sorted(changed)}"


def test_the_code_that_judges_is_frozen_with_it() -> None:
    judging = {f"../code_tasks/{path}" for path in corpus.digests() if path.endswith(".py")}
    assert judging
    assert judging <= HELD_OUT.frozen_digests().keys()


def test_the_other_corpus_is_known_by_the_same_digest_as_ever() -> None:
    assert WORKED_ON.digests() == corpus.digests()
    assert WORKED_ON.frozen_digests() == corpus.frozen_digests()
    assert WORKED_ON.digest() == corpus.corpus_digest() != HELD_OUT.digest()
