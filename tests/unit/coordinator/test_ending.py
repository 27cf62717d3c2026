"""What the end of an attempt means for its task, over whole lives of attempts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.ledger.ending import Bounds, Decision, Standing, decide
from ygg.task import FINAL, Ending, Outcome, Retry, State, Verdict

BOUNDS = Bounds(max_uncharged=5, max_not_offered=3)
NOT_ITS_FAULT = ("broker", "drain", "not_offered", "unavailable")

retries = st.builds(
    Retry,
    on=st.sets(st.sampled_from(Ending)).map(tuple),
    max_attempts=st.integers(1, 6),
    backoff_seconds=st.floats(0, 100),
    backoff_cap_seconds=st.floats(0, 300),
)
outcomes = st.builds(
    Outcome,
    ending=st.sampled_from(Ending),
    reason=st.text(max_size=10),
    verdict=st.none() | st.sampled_from(Verdict),
    tier=st.sampled_from([None, 1, 2, 3]),
    cause=st.sampled_from(["", *NOT_ITS_FAULT]),
)
tiers = st.sampled_from([None, 1, 2, 3])
luck = st.integers().map(random.Random)


def standing(**changes: object) -> Standing:
    fresh = Standing(charged=0, uncharged=0, not_offered=0, retry=Retry(), cancelling=False)
    return replace(fresh, **changes)  # type: ignore[arg-type]


def after(before: Standing, decision: Decision) -> Standing:
    return replace(
        before,
        charged=before.charged + decision.charged,
        uncharged=before.uncharged + decision.uncharged,
        not_offered=before.not_offered + decision.not_offered,
    )


@given(retries, tiers, st.lists(outcomes, max_size=40), luck)
def test_no_life_is_charged_more_attempts_than_allowed_nor_goes_on_for_ever(
    retry: Retry, tier: int | None, life: list[Outcome], dice: random.Random
) -> None:
    now = standing(retry=retry, tier=tier)
    for outcome in life:
        decision = decide(now, outcome, BOUNDS, dice)
        now = after(now, decision)
        assert decision.charged != decision.uncharged
        assert now.charged <= retry.max_attempts
        assert now.uncharged <= BOUNDS.max_uncharged
        assert now.not_offered <= BOUNDS.max_not_offered
        if decision.state is not State.QUEUED:
            break
    assert now.charged + now.uncharged <= retry.max_attempts + BOUNDS.max_uncharged


@given(retries, tiers, outcomes, luck, st.integers(0, 3), st.integers(0, 3))
def test_a_cancelling_task_never_runs_again(
    retry: Retry,
    tier: int | None,
    outcome: Outcome,
    dice: random.Random,
    charged: int,
    uncharged: int,
) -> None:
    now = standing(retry=retry, tier=tier, charged=charged, uncharged=uncharged, cancelling=True)
    decision = decide(now, outcome, BOUNDS, dice)
    if outcome.ending is Ending.OK:
        assert decision == decide(replace(now, cancelling=False), outcome, BOUNDS, dice)
    else:
        assert decision.state is State.CANCELLED


@given(retries, tiers, outcomes, luck)
def test_only_what_went_well_succeeds_and_only_what_did_not_runs_again(
    retry: Retry, tier: int | None, outcome: Outcome, dice: random.Random
) -> None:
    decision = decide(standing(retry=retry, tier=tier), outcome, BOUNDS, dice)
    if decision.state in (State.SUCCEEDED, State.REVIEW):
        assert outcome.ending is Ending.OK
        assert outcome.verdict is not Verdict.REFUTED
    if decision.state is State.QUEUED:
        assert outcome.ending is not Ending.OK
    assert decision.held == (decision.state is State.WAITING)


@given(retries, outcomes, luck)
def test_the_pause_grows_with_the_attempts_within_its_cap(
    retry: Retry, outcome: Outcome, dice: random.Random
) -> None:
    for charged in range(retry.max_attempts):
        decision = decide(standing(retry=retry, charged=charged), outcome, BOUNDS, dice)
        assert decision.pause_seconds >= 0
        if decision.charged:
            wanted = min(retry.backoff_seconds * 2**charged, retry.backoff_cap_seconds)
            assert decision.pause_seconds <= wanted
            if decision.state is State.QUEUED:
                assert decision.pause_seconds >= wanted / 2


@pytest.mark.parametrize("ending", [Ending.ERROR, Ending.TIMEOUT, Ending.LOST])
def test_an_ending_that_is_not_retried_fails_at_once(ending: Ending) -> None:
    outcome = Outcome(ending=ending, reason="why")
    decision = decide(standing(retry=Retry(on=())), outcome, BOUNDS, random.Random(1))
    assert (decision.state, decision.reason) == (State.FAILED, f"{ending.value}: why")


@pytest.mark.parametrize(
    ("tier", "verdict", "state"),
    [
        (None, None, State.SUCCEEDED),
        (None, Verdict.VERIFIED, State.SUCCEEDED),
        (None, Verdict.REFUTED, State.FAILED),
        (1, Verdict.VERIFIED, State.SUCCEEDED),
        (1, Verdict.UNVERIFIED, State.REVIEW),
        (1, None, State.REVIEW),
        (1, Verdict.REFUTED, State.FAILED),
        (2, Verdict.VERIFIED, State.REVIEW),
        (3, Verdict.VERIFIED, State.REVIEW),
        (3, Verdict.REFUTED, State.FAILED),
    ],
)
def test_a_change_that_was_proposed_counts_by_its_tier_and_verdict(
    tier: int | None, verdict: Verdict | None, state: State
) -> None:
    outcome = Outcome(ending=Ending.OK, verdict=verdict)
    assert decide(standing(tier=tier), outcome, BOUNDS, random.Random(1)).state is state


@pytest.mark.parametrize(
    ("label_tier", "said", "state"),
    [
        (None, 1, State.SUCCEEDED),
        (None, 2, State.REVIEW),
        (1, 3, State.REVIEW),
        (1, None, State.SUCCEEDED),
        (2, 1, State.REVIEW),
        (3, 1, State.REVIEW),
    ],
)
def test_a_result_may_ask_for_more_review_than_its_label(
    label_tier: int | None, said: Literal[1, 2, 3] | None, state: State
) -> None:
    outcome = Outcome(ending=Ending.OK, verdict=Verdict.VERIFIED, tier=said)
    assert decide(standing(tier=label_tier), outcome, BOUNDS, random.Random(1)).state is state


@given(tiers, outcomes, luck)
def test_no_result_talks_its_way_out_of_a_review(
    tier: int | None, outcome: Outcome, dice: random.Random
) -> None:
    silent = outcome.model_copy(update={"tier": None})
    before = decide(standing(tier=tier), silent, BOUNDS, dice).state
    if before is State.REVIEW:
        assert decide(standing(tier=tier), outcome, BOUNDS, dice).state is State.REVIEW


@pytest.mark.parametrize("cause", NOT_ITS_FAULT)
@pytest.mark.parametrize("ending", [Ending.LOST, Ending.RETURNED])
def test_what_is_not_the_tasks_fault_is_not_charged_and_ends_in_a_persons_hands(
    cause: str, ending: Ending
) -> None:
    now = standing()
    outcome = Outcome.model_validate({"ending": ending, "cause": cause})
    states = []
    for _ in range(BOUNDS.max_uncharged):
        decision = decide(now, outcome, BOUNDS, random.Random(1))
        now = after(now, decision)
        states.append(decision.state)
        if decision.held:
            break
    most = BOUNDS.max_not_offered if cause == "not_offered" else BOUNDS.max_uncharged
    assert states == [State.QUEUED] * (most - 1) + [State.WAITING]
    assert decision.reason.startswith("held: ")
    assert now.charged == 0


def test_final_states_are_four() -> None:
    assert {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.REJECTED} == FINAL


@pytest.mark.parametrize(
    ("outcome", "held"),
    [
        (Outcome(ending=Ending.LOST, cause="broker"), True),
        (Outcome(ending=Ending.LOST, cause="bundle"), True),
        (Outcome(ending=Ending.RETURNED, cause="drain", started_at=1.0), True),
        (Outcome(ending=Ending.RETURNED, cause="drain"), False),
        (Outcome(ending=Ending.RETURNED, cause="not_offered", started_at=1.0), False),
        (Outcome(ending=Ending.RETURNED, cause="unavailable", started_at=1.0), False),
    ],
)
def test_what_may_start_only_once_is_held_when_it_may_have_begun(
    outcome: Outcome, held: bool
) -> None:
    once = standing(retry=Retry(on=(Ending.LOST,), max_attempts=1))
    assert decide(once, outcome, BOUNDS, random.Random(1)).held is held
    assert not decide(standing(), outcome, BOUNDS, random.Random(1)).held


def test_what_is_passed_on_waits_longer_and_longer_up_to_a_bound() -> None:
    returned = Outcome(ending=Ending.RETURNED, cause="not_offered")
    decisions = [
        decide(standing(attempt=number, passed_on=True), returned, BOUNDS, random.Random(number))
        for number in (1, 2, 3, 10, 10_000)
    ]
    for found, most in zip(decisions, [2.0, 4.0, 8.0, 8.0, 8.0], strict=True):
        assert most / 2 <= found.pause_seconds <= most
    assert len({found.pause_seconds for found in decisions[2:]}) == 3
    assert not any(found.held or found.charged or found.uncharged for found in decisions)


def test_what_is_unavailable_is_asked_for_less_and_less_often() -> None:
    away = Outcome(ending=Ending.RETURNED, cause="unavailable")
    many = Bounds(max_uncharged=20, max_not_offered=3)
    pauses = [
        decide(standing(uncharged=times), away, many, random.Random(1)).pause_seconds
        for times in range(19)
    ]
    assert pauses[:3] == [5.0, 10.0, 20.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300.0
