"""The corpus is what it says: each reference is right, each wrong result is seen to be wrong."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.code_tasks import corpus, lint
from benchmarks.code_tasks.corpus import LABELS, all_tasks, tasks
from benchmarks.code_tasks.judge import (
    RUN_TRIALS,
    Outcomes,
    bad_endings,
    lay_down,
    read_outcomes,
    ruling,
    trials,
)
from benchmarks.code_tasks.static import complaints
from benchmarks.code_tasks.task import Result, Task, Wrong, is_test

FEWEST = 40
NOTHING = Wrong(why="hands in nothing")

Judged = tuple[Task, Result, Outcomes]


def judged(label: str, folder: Path) -> list[Judged]:
    """Every result the corpus has of a label with how its tests ended, run in one process."""
    results = [(task, result) for task in tasks(label) for result in results_of(task)]
    for number, (task, result) in enumerate(results):
        if not complaints(task, result):
            folders = trials(task, result)
            lay_down({f"{number}.{name}": files for name, files in folders.items()}, folder)
    ended = run(folder)
    return [
        (task, result, of_number(ended, number)) for number, (task, result) in enumerate(results)
    ]


def results_of(task: Task) -> list[Result]:
    nothing_is_right = task.label == "code-review" and not task.hidden.lines
    return [task.reference, *task.wrong, *([] if nothing_is_right else [NOTHING])]


def run(folder: Path) -> dict[str, dict[str, str]]:
    ran = subprocess.run(
        [sys.executable, str(RUN_TRIALS), str(folder)], capture_output=True, text=True, check=True
    )
    return read_outcomes(ran.stdout)


def of_number(ended: dict[str, dict[str, str]], number: int) -> Outcomes:
    parted = ((key.partition("."), tests) for key, tests in ended.items())
    return {name: tests for (first, _, name), tests in parted if first == str(number)}


@pytest.mark.few(1)
@pytest.mark.parametrize("label", LABELS)
def test_references_are_right_and_wrong_results_are_not(label: str, tmp_path: Path) -> None:
    mistaken = []
    for task, result, outcomes in judged(label, tmp_path):
        said = ruling(task, result, outcomes)
        if said.right is isinstance(result, Wrong):
            what = result.why if isinstance(result, Wrong) else "reference"
            mistaken.append(f"{task.id}, {what}: {said}")
        if result is task.reference:
            mistaken += [f"{task.id}: {name} cannot be told" for name in not_told(outcomes)]
    assert not mistaken, "\n".join(mistaken)


def not_told(outcomes: Outcomes) -> list[str]:
    """The mutants that even the reference's tests take for the submitted source."""
    mutants = (name for name in outcomes if name.startswith("mutant"))
    return [name for name in mutants if not bad_endings(outcomes[name])]


def test_the_tests_a_task_comes_with_fail_only_where_they_are_to_be_mended(tmp_path: Path) -> None:
    labels = ("code-fix", "code-refactor", "code-fix-lint")
    tested = [task for label in labels for task in tasks(label) if any(map(is_test, task.files))]
    lay_down({task.id.replace("/", "."): task.files for task in tested}, tmp_path)
    ended = run(tmp_path)
    failing = {name for name, tests in ended.items() if bad_endings(tests)}
    assert failing == {f"fix.{path.stem}" for path in (corpus.FOLDER / "fix").glob("*.toml")}


def test_every_rule_a_task_selects_is_broken_in_it() -> None:
    # A typing import is unused only once its names are written in the new way.
    later = {("fix-lint/old-typing", "F401")}
    kept = [
        (task.id, rule)
        for task in tasks("code-fix-lint")
        for rule in map(str, task.params["select"])  # type: ignore[arg-type]
        if rule not in lint.codes("x.py", task.source(), [rule])
    ]
    assert set(kept) == later


def test_examples_in_a_spec_are_what_the_reference_does() -> None:
    tried = 0
    for task in tasks("code-generate"):
        names: dict[str, object] = {}
        exec(task.reference.files["solution.py"], names)  # noqa: S102  the corpus' own code
        spec = str(task.params["spec"])
        examples = doctest.DocTestParser().get_doctest(spec, names, task.id, None, None)
        ended = doctest.DocTestRunner(verbose=False).run(examples)
        assert ended.failed == 0, task.id
        tried += ended.attempted
    assert tried


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


def shown_lines(task: Task) -> set[str]:
    params = (text for text in task.params.values() if isinstance(text, str))
    return {line.strip() for text in (*task.files.values(), *params) for line in text.splitlines()}


def hidden_lines(task: Task) -> Iterator[str]:
    """Those that would give something away: what is asserted, and the words of a review."""
    texts = [task.hidden.tests]
    if task.label == "code-test":
        texts += task.reference.files.values()
    for text in texts:
        yield from (line.strip() for line in text.splitlines() if "assert " in line)
    for result in (task.reference, *task.wrong):
        yield from (finding.says for finding in result.findings)


def test_nothing_hidden_is_shown() -> None:
    given_away = [
        f"{task.id}: {line}"
        for task in all_tasks()
        for line in hidden_lines(task)
        if line in shown_lines(task)
    ]
    assert not given_away, "\n".join(given_away)


def test_the_corpus_is_still_the_frozen_one() -> None:
    now, then = corpus.digests(), corpus.frozen_digests()
    changed = {path for path in now.keys() | then.keys() if now.get(path) != then.get(path)}
    assert not changed, f"see benchmarks/code_tasks/README.md before mending one: {sorted(changed)}"
