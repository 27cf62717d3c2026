"""What the benchmark of the code agent counts, and what it claims of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.code.data import Setting, as_data
from benchmarks.code.figures import Figures, Share, figures_by_label
from benchmarks.code.record import By, Record, Subject, Verdict
from benchmarks.code.report import aims_met, as_text, because, contradictions

SUBJECT = Subject(corpus="c", model="m", digest="d", agent="1")
SETTING = Setting(SUBJECT, 1, 0, 2, 0.5, 1.5, "3.11", ("code-fix",))


def record(by: By, right: bool, verdict: Verdict = "", **more: object) -> Record:
    known = {"task": "generate/x", "label": "code-generate", "round": 0}
    return Record.model_validate({**known, "by": by, "right": right, "verdict": verdict, **more})


def asked_once(right: int, wrong: int = 0) -> list[Record]:
    return [record("once", True)] * right + [record("once", False)] * wrong


def by_agent(right: int, verdict: Verdict = "verified", **more: object) -> list[Record]:
    return [record("agent", True, verdict, **more)] * right


def figures(*records: Record) -> Figures:
    return figures_by_label(records, [])[-1]


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 40, 0.0044, 0.1288),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_intervals_are_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=1e-4)


def test_of_nothing_anything_may_be_true() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)


def test_a_ratio_is_claimed_from_five_right_when_asked_once() -> None:
    assert figures(*asked_once(5), *by_agent(12)).ratio == pytest.approx(2.4)
    few = figures(*asked_once(4, wrong=20), *by_agent(12))
    assert few.ratio is None
    text = as_text([few], SETTING)
    assert "12 by the agent, 4 when asked once: no ratio is claimed below 5 right" in text


def test_a_refuted_result_does_not_count_as_right() -> None:
    found = figures(*by_agent(2), *by_agent(3, "unverified"), *by_agent(4, "refuted"))
    assert found.agent_right == Share(5, 9)
    assert found.right_of("refuted") == 4


def test_every_contradicted_result_is_listed_with_why() -> None:
    wrong = [
        record("agent", False, "verified", task=f"fix/{name}", round=turn, reasons=[f"not {name}"])
        for turn, name in enumerate(("a", "b"))
    ]
    found = figures(*by_agent(3), *wrong, record("agent", False, "unverified"))
    assert found.contradicted_share == Share(2, 5)
    assert contradictions(found).splitlines()[1:] == ["  fix/a: not a", "  fix/b, round 2: not b"]
    data = as_data([found], SETTING)["figures"]
    assert isinstance(data, dict)
    assert [one["task"] for one in data["all"]["contradicted"]] == ["fix/a", "fix/b"]


def test_none_is_said_where_nothing_was_contradicted() -> None:
    assert contradictions(figures(*by_agent(1))).endswith("\n  none")


def test_many_reasons_are_counted() -> None:
    many = record("agent", False, "verified", reasons=list("abcde"))
    assert because(many) == "a; b; c; and 2 more"


def test_what_came_to_nothing_is_paid_for_by_what_was_verified() -> None:
    cost = {"tokens_in": 100, "tokens_out": 20, "seconds": 3.0}
    found = figures(*by_agent(2, **cost), *by_agent(1, "refuted", **cost))
    assert found.cost_of_verified is not None
    assert (found.cost_of_verified.tokens, found.cost_of_verified.seconds) == (180, 4.5)
    assert found.cost_once is None


def test_the_harness_is_what_neither_model_nor_checks_took() -> None:
    times = {"model_seconds": 6, "check_seconds": 3}
    slow = by_agent(1, seconds=20.0, inside_seconds=10.0, **times)
    quick = by_agent(2, seconds=10.0, inside_seconds=9.0, **times)
    failed = record("agent", False, "failed", seconds=100.0)
    found = figures(*slow, *quick, failed)
    assert found.harness_outside is not None
    assert found.harness_outside.middle == pytest.approx(0.1)
    assert found.harness_outside.overall == pytest.approx(13 / 40)
    assert found.harness_inside is not None
    assert found.harness_inside.middle == pytest.approx(0)
    assert found.harness_inside.overall == pytest.approx(1 / 28)


def test_what_model_and_checks_took_at_a_time_counts_once() -> None:
    times = {"model_seconds": 6, "check_seconds": 3, "busy_seconds": 7}
    found = figures(*by_agent(1, seconds=10.0, inside_seconds=8.0, **times))
    assert found.harness_outside is not None
    assert found.harness_outside.overall == pytest.approx(0.3)
    assert found.harness_inside is not None
    assert found.harness_inside.overall == pytest.approx(1 / 8)


def test_labels_are_summed_apart_and_together() -> None:
    other = record("agent", True, "verified", label="code-fix")
    labels = ["code-generate", "code-test", "code-fix"]
    found = figures_by_label([*by_agent(2), other, *asked_once(1)], labels)
    assert [len(one.agent) for one in found] == [2, 0, 1, 3]
    assert "code-test" in as_text(found, SETTING)


def test_what_a_reader_has_to_know_of_the_tasks_is_said() -> None:
    text = as_text([figures(*by_agent(1))], replace(SETTING, caveat="Old ones."))
    assert "corpus   c\n         Old ones.\n" in text


def test_aims_are_missed_by_one_contradiction_a_low_ratio_or_a_slow_harness() -> None:
    assert aims_met(figures(*asked_once(5), *by_agent(10)))
    assert aims_met(figures(*asked_once(1), *by_agent(1)))
    assert not aims_met(figures(*asked_once(5), *by_agent(9)))
    assert not aims_met(figures(*by_agent(9), record("agent", False, "verified")))
    assert not aims_met(figures(*by_agent(1, seconds=10.0, model_seconds=9.5)))


def test_what_failed_and_what_was_skipped_is_said() -> None:
    broken = record("once", False, "failed", says="it does not fit")
    text = as_text([figures(broken, *by_agent(1))], SETTING)
    assert "failed\n  generate/x, once: it does not fit\n" in text
    assert "skipped  code-fix: not offered here" in text
