"""What a task leaves of each question and each check, and what all tasks of a label come to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from code_agent.handlers.code_refactor import refactor
from coordinator.ledger import Ledger
from coordinator.ledger.migrate import upgrade
from coordinator.stats import family_stats
from tests.attempts import Ended
from tests.integration.code_agent.conftest import CodeTasks, block
from tests.integration.coordinator.desk import Desk, finished, supply, task
from tests.scripted_model import Answer
from ygg.views import LabelStats

LABEL = "code-refactor"
SLOW = "def add(a, b):\n    total = a + b\n    return total\n"
WRONG = Answer(block("def add(a, b):\n    return a - b"), tokens_in=100, tokens_cached=0)
RIGHT = Answer(block("def add(a, b):\n    return a + b"), tokens_in=140, tokens_cached=90)


def refactored(code: CodeTasks, *answers: Answer) -> Ended:

    return code.run(refactor, {"answers": 1}, answers, {"sums.py": SLOW})


def lines(code: CodeTasks, kind: str) -> list[dict[str, Any]]:
    file = code.runner.cache / "code" / "telemetry.jsonl"
    told = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
    assert {line["label"] for line in told} == {LABEL}
    assert [line["at"] for line in told] == sorted(line["at"] for line in told)
    return [line for line in told if line["kind"] == kind]


def test_each_question_and_each_check_leaves_a_line(code: CodeTasks) -> None:
    result: Any = refactored(code, WRONG, RIGHT).result
    first, again = calls = lines(code, "call")
    assert (first["prompt"], first["prompt_version"]) == ("refactor", result["prompts"]["refactor"])
    assert first["prompt_sha256"] == again["prompt_sha256"]
    assert first["question_sha256"] != again["question_sha256"]
    assert [(one["tokens_in"], one["tokens_cached"]) for one in calls] == [(100, 0), (140, 90)]
    assert all(one["tokens_out"] > 0 and one["seconds"] >= 0 for one in calls)
    # Those of the answer that was refuted, and then those of the other.
    checks, kept = lines(code, "check"), result["checks"]
    told = [{name: line[name] for name in kept[0]} for line in checks]
    assert told[-len(kept) :] == kept
    refuting = told[-len(kept) - 1]
    assert (refuting["name"], refuting["passed"]) == ("same behaviour", False)
    assert (len(refuting["of"]), refuting["exit_code"]) == (64, 0)
    assert refuting["of"] != kept[-1]["of"]
    # All of them add up to what the task cost.
    [end], cost = lines(code, "verdict"), result["cost"]
    assert (end["verdict"], end["calls"], cost["calls"]) == ("verified", 2, 2)
    for name in ("tokens_in", "tokens_out", "tokens_cached"):
        assert end[name] == cost[name] == sum(one[name] for one in calls)
    seconds = sum(one["seconds"] for one in checks)
    assert abs(cost["check_seconds"] - seconds) < len(checks) * 0.002


def summed(folder: Path, *ended: Ended) -> LabelStats:
    """As `ygg stats code` has it of the coordinator."""
    ledger = Ledger(f"sqlite:///{folder}/ledger.db")
    upgrade(ledger)
    desk = Desk(ledger)
    for one in ended:
        submitted = task(label=LABEL)
        desk.submit(submitted)
        desk.dispatch(supply(labels=frozenset({LABEL})))
        more = one.outcome.model_dump(include={"verdict", "reason", "result"})
        desk.apply(finished(submitted.id, **more))
    found = family_stats(ledger, (LABEL,), "code", None)
    ledger.close()
    return found["labels"][0]


def test_the_statistics_of_a_label_are_made_of_real_results(
    code: CodeTasks, tmp_path: Path
) -> None:
    mended, wrong = refactored(code, WRONG, RIGHT), refactored(code, WRONG, WRONG)
    costs: list[Any] = [one.result["cost"] for one in (mended, wrong)]
    found = summed(tmp_path, mended, wrong)
    assert (found["tasks"], found["verified"], found["refuted"], found["failed"]) == (2, 1, 1, 0)
    assert found["calls"] == 4
    assert (found["tokens_in"], found["tokens_cached"]) == (440, 90)
    assert found["tokens_per_verified"] == 440 + sum(one["tokens_out"] for one in costs)
    assert found["seconds_per_verified"] == round(sum(one["seconds"] for one in costs), 3)
    assert found["cache_hits"] == round(90 / 440, 3)
