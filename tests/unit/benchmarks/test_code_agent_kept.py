"""Results that outlast a run that is broken off, and the order in which tasks are done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.code.record import Kept, Record, Subject
from benchmarks.code_agent import Plan, shuffled
from benchmarks.code_tasks.corpus import tasks
from benchmarks.code_tasks.task import Result
from benchmarks.wait import BenchmarkError

SUBJECT = Subject(corpus="c", model="m", digest="d", agent="1")
RESULT = Result(files={"a.py": "x = 'ä'\u2028\n"})


def record(task: str) -> Record:
    return Record(
        task=task, label="code-fix", round=0, by="agent", verdict="refuted", result=RESULT
    )


def test_results_are_there_again(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    kept = Kept(SUBJECT, file)
    kept.add(record("fix/a"))
    again = Kept(SUBJECT, file)
    assert ("fix/a", 0, "agent") in again
    assert ("fix/a", 1, "agent") not in again
    assert again.of([("fix/a", 0, "agent"), ("fix/b", 0, "agent")]) == [record("fix/a")]


def test_what_an_earlier_version_kept_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    old = record("fix/a").model_dump(exclude={"busy_seconds"})
    line = json.dumps(old | {"model_seconds": 2.0, "check_seconds": 1.5})
    file.write_text(f"{SUBJECT.model_dump_json()}\n{line}\n")
    [found] = Kept(SUBJECT, file).of([("fix/a", 0, "agent")])
    assert found.busy_seconds is None
    assert found.waited_seconds == 3.5


def test_a_result_that_was_only_half_written_is_done_again(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    kept = Kept(SUBJECT, file)
    kept.add(record("fix/a"))
    kept.add(record("fix/b"))
    file.write_text(file.read_text()[:-30])
    again = Kept(SUBJECT, file)
    assert ("fix/a", 0, "agent") in again
    assert ("fix/b", 0, "agent") not in again
    again.add(record("fix/b"))
    assert ("fix/b", 0, "agent") in Kept(SUBJECT, file)


def test_results_of_another_model_are_not_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    Kept(SUBJECT, file)
    with pytest.raises(BenchmarkError, match="another model and digest"):
        Kept(SUBJECT.model_copy(update={"model": "n", "digest": "e"}), file)


def test_another_file_is_not_written_to(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    for text in ("first line\nsecond", '{"other": 1}\n', "no end of a line"):
        file.write_text(text)
        with pytest.raises(BenchmarkError, match="something else"):
            Kept(SUBJECT, file)
        assert file.read_text() == text


def test_the_order_is_the_same_each_time_and_fewer_tasks_are_the_first_of_all() -> None:
    plan = Plan(("code-fix", "code-test"), rounds=2, seed=3)
    every = [(task.id, number) for task, number in plan.steps()]
    assert every == [(task.id, number) for task, number in plan.steps()]
    assert len(set(every)) == 2 * (len(tasks("code-fix")) + len(tasks("code-test")))
    few = [(task.id, number) for task, number in replace(plan, tasks=2).steps()]
    assert few[:2] == every[:2]
    assert len(few) == 8
    assert shuffled("code-fix", 3) != shuffled("code-fix", 4)
