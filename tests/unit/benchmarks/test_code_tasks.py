"""The corpus is what it says: each reference is right, each wrong result is seen to be wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.code_tasks import corpus
from benchmarks.code_tasks.corpus import LABELS, all_tasks, tasks
from benchmarks.code_tasks.task import is_test
from tests.corpus_checks import examples_tried, failing, given_away, mistakes, rules_kept

FEWEST = 40


@pytest.mark.few(1)
@pytest.mark.parametrize("label", LABELS)
def test_references_are_right_and_wrong_results_are_not(label: str, tmp_path: Path) -> None:
    mistaken = mistakes(tasks(label), tmp_path)
    assert not mistaken, "\n".join(mistaken)


def test_the_tests_a_task_comes_with_fail_only_where_they_are_to_be_mended(tmp_path: Path) -> None:
    labels = ("code-fix", "code-refactor", "code-fix-lint")
    tested = [task for label in labels for task in tasks(label) if any(map(is_test, task.files))]
    projects = {task.id.replace("/", "."): task.files for task in tested}
    mended = {f"fix.{path.stem}" for path in (corpus.FOLDER / "fix").glob("*.toml")}
    assert failing(projects, tmp_path) == mended


def test_every_rule_a_task_selects_is_broken_in_it() -> None:
    # A typing import is unused only once its names are written in the new way.
    later = {("fix-lint/old-typing", "F401")}
    assert rules_kept(tasks("code-fix-lint")) == later


def test_examples_in_a_spec_are_what_the_reference_does() -> None:
    assert examples_tried(tasks("code-generate"))


def test_specs_say_what_is_wanted_in_several_ways() -> None:
    by_way = Counter(
        "tests" if "tests" in task.params else "examples" if ">>>" in str(task.params) else "words"
        for task in tasks("code-generate")
    )
    assert by_way["tests"] >= 25
    assert by_way["examples"] >= 5
    assert by_way["words"] >= 2


def test_reviews_are_of_files_and_diffs_and_some_are_clean() -> None:
    reviews = tasks("code-review")
    assert len([task for task in reviews if "diff" in task.params]) >= 15
    assert 8 <= len([task for task in reviews if not task.hidden.lines]) <= len(reviews) // 3


@pytest.mark.parametrize("label", LABELS)
def test_there_are_enough_of_each_label(label: str) -> None:
    assert len(tasks(label)) >= FEWEST


def test_every_task_has_a_wrong_result() -> None:
    assert not [task.id for task in all_tasks() if not task.wrong]


def test_ids_are_unique_and_seeds_are_written_down() -> None:
    counted = Counter(task.id for task in all_tasks())
    assert not [name for name, count in counted.items() if count > 1]
    assert all(task.shown()["seed"] == task.seed for task in all_tasks())


def test_nothing_hidden_is_shown() -> None:
    lines = given_away(all_tasks())
    assert not lines, "\n".join(lines)


def test_the_corpus_is_still_the_frozen_one() -> None:
    now, then = corpus.digests(), corpus.frozen_digests()
    changed = {path for path in now.keys() | then.keys() if now.get(path) != then.get(path)}
    assert not changed, f"see benchmarks/code_tasks/README.md before mending one: {sorted(changed)}"
