"""Whose turn it is in a rollout."""

from __future__ import annotations

import time
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from coordinator.fleet.rollout.turns import ENDED_BADLY, WAITING, next_turns
from ygg.rollout_views import RolloutMachineState

STATES: tuple[RolloutMachineState, ...] = get_args(RolloutMachineState)


def turns(*states: RolloutMachineState, busy: str = "", canary: int = 1, most: int = 1) -> str:
    """Machines are letters, in the order of their states."""
    known = {chr(ord("a") + place): state for place, state in enumerate(states)}
    return "".join(next_turns(known, set(busy), canary=canary, max_unavailable=most))


def test_the_canary_goes_alone_and_the_others_when_it_serves() -> None:
    assert turns("pulled", "pulled", "pulled", most=3) == "a"
    assert turns("pulled", "pulled", "pulled", busy="a", most=3) == ""
    assert turns("done", "pulled", "pulled", most=3) == "bc"
    assert turns("pulled", "pulled", "pulled", canary=0, most=2) == "ab"
    assert turns("pulled", "pulled", "pulled", canary=2, most=3) == "ab"


def test_no_more_at_a_time_than_is_allowed() -> None:
    assert turns("done", "pulled", "pulled", "pulled", most=2) == "bc"
    assert turns("done", "pulled", "pulled", "pulled", busy="b", most=2) == "c"
    assert turns("done", "pulled", "pulled", "pulled", busy="bc", most=2) == ""


def test_what_was_left_in_the_middle_comes_first() -> None:
    assert turns("done", "pulled", "switching", "proving", most=2) == "cd"


def test_one_that_failed_ends_it() -> None:
    for state in ENDED_BADLY:
        assert turns("done", state, "pulled", most=3) == ""


def test_a_canary_that_is_left_out_is_replaced_by_the_next() -> None:
    assert turns("unreachable", "skipped", "pulled", "pulled", most=3) == "c"


@given(
    st.lists(st.sampled_from(STATES), max_size=12),
    st.sets(st.integers(0, 11)),
    st.integers(0, 13),
    st.integers(1, 13),
)
def test_whatever_the_states_are(
    states: list[RolloutMachineState], places: set[int], canary: int, most: int
) -> None:
    known = {str(place): state for place, state in enumerate(states)}
    busy = {str(place) for place in places if str(place) in known}
    found = next_turns(known, busy, canary=canary, max_unavailable=most)
    assert len(found) + len(busy) <= max(most, len(busy))
    assert not set(found) & busy
    assert all(known[name] in WAITING for name in found)


def test_a_rollout_of_a_thousand_machines_is_planned_in_moments() -> None:
    states: dict[str, RolloutMachineState] = {f"m{number}": "pulled" for number in range(1000)}
    began = time.process_time()
    order: list[str] = []
    while chosen := next_turns(states, (), canary=3, max_unavailable=10):
        order += chosen
        states |= dict.fromkeys(chosen, "done")
    assert order == list(states)
    assert time.process_time() - began < 2
