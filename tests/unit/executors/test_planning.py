"""What comes next, for any items: nothing is lost, nothing begins too early, nothing depends on
the order in which items are given."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from executors.planning.order import Item, plan
from ygg.errors import BadInput

NAMES = [f"i{number}" for number in range(9)]

items = st.lists(
    st.builds(
        Item,
        id=st.sampled_from(NAMES),
        priority=st.integers(0, 4),
        depends_on=st.lists(st.sampled_from([*NAMES, "elsewhere"]), max_size=3).map(tuple),
        estimate_hours=st.sampled_from([0.5, 1, 3]),
        state=st.sampled_from(["open", "open", "open", "active", "held", "done", "failed"]),
    ),
    unique_by=lambda one: one.id,
)


@given(items, st.booleans())
def test_every_open_item_is_either_next_or_blocked_by_something(
    known: list[Item], missing_is_done: bool
) -> None:
    made = plan(known, missing_is_done=missing_is_done)
    by_id = {one.id: one for one in known}
    for one, _ in made.order:
        assert one.state == "open"
        for name in one.depends_on:
            assert by_id[name].state == "done" if name in by_id else missing_is_done
    assert all(blocked.by for blocked in made.blocked)
    told = [one.id for one, _ in made.order]
    told += [one.id for one in made.active] + [blocked.item.id for blocked in made.blocked]
    assert sorted(told) == sorted(one.id for one in known if one.state not in ("done", "failed"))


@given(items, st.randoms())
def test_the_order_of_the_input_changes_nothing(known: list[Item], chance: random.Random) -> None:
    shuffled = list(known)
    chance.shuffle(shuffled)
    assert plan(shuffled) == plan(known)


@given(items)
def test_a_circle_is_one_and_whoever_is_in_one_waits(known: list[Item]) -> None:
    made = plan(known)
    by_id = {one.id: one for one in known}
    begun = {one.id for one, _ in made.order}
    for circle in made.circles:
        assert circle[0] == circle[-1]
        assert len(set(circle)) == len(circle) - 1
        assert not begun & set(circle)
        for name, other in pairwise(circle):
            assert other in by_id[name].depends_on


@given(items)
def test_doing_what_comes_first_until_nothing_is_left_leaves_only_what_cannot_be_done(
    known: list[Item],
) -> None:
    by_id = {one.id: one for one in known}
    while (made := plan(by_id.values())).order:
        first = made.order[0][0]
        by_id[first.id] = Item(first.id, state="done")
    waiting = {blocked.item.id for blocked in made.blocked}
    for blocked in made.blocked:
        for name, because in blocked.by:
            assert because != "open" or name in waiting


def order(*known: Item) -> list[str]:
    return [one.id for one, _ in plan(known).order]


def test_priority_comes_first_and_what_an_urgent_item_waits_for_is_urgent() -> None:
    assert order(Item("b", priority=1), Item("a", priority=2)) == ["b", "a"]
    sand = Item("sand", priority=4)
    paint = Item("paint", priority=0, depends_on=("sand",))
    assert order(Item("sweep", priority=1), sand, paint) == ["sand", "sweep"]
    [(_, weight), _] = plan([Item("sweep", priority=1), sand, paint]).order
    assert (weight.urgency, weight.urgent, weight.unblocks) == (0, "paint", 1)


def test_among_equals_the_longest_chain_goes_first_then_what_frees_most_then_the_name() -> None:
    chain = [Item("x"), Item("y", depends_on=("x",), estimate_hours=5)]
    wide = [Item("w"), *(Item(f"w{n}", depends_on=("w",)) for n in range(3))]
    assert order(*wide, *chain, Item("b"), Item("a")) == ["x", "w", "a", "b"]


def test_why_an_item_is_blocked_is_told() -> None:
    made = plan(
        [
            Item("open"),
            Item("failed", state="failed"),
            Item("held", state="held"),
            Item("a", depends_on=("b",)),
            Item("b", depends_on=("a",)),
            Item("x", depends_on=("open", "failed", "held", "a", "nowhere")),
        ]
    )
    by = {blocked.item.id: dict(blocked.by) for blocked in made.blocked}
    assert by["held"] == {"held": "held"}
    assert by["x"] == {
        "open": "open",
        "failed": "failed",
        "held": "held",
        "a": "circle",
        "nowhere": "missing",
    }
    assert made.circles == [["a", "b", "a"]]


def test_what_waits_for_a_person_or_a_time_is_not_next_but_makes_others_urgent() -> None:
    made = plan([Item("a"), Item("b", priority=0, depends_on=("a",), waits="waits for approval")])
    [(first, weight)] = made.order
    assert (first.id, weight.urgency) == ("a", 0)
    [blocked] = made.blocked
    assert dict(blocked.by) == {"b": "waits", "a": "open"}


def test_an_item_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="'a' is there twice"):
        plan([Item("a"), Item("a")])


def test_a_long_chain_and_a_thick_knot_take_no_time() -> None:
    chain = [Item(f"c{n}", depends_on=(f"c{n + 1}",)) for n in range(2000)]
    names = [f"k{n}" for n in range(400)]
    knot = [Item(name, depends_on=tuple(names[n : n + 100])) for n, name in enumerate(names)]
    began = time.perf_counter()
    made = plan([*chain, *knot], missing_is_done=True)
    assert time.perf_counter() - began < 2
    assert [one.id for one, _ in made.order] == ["c1999"]
    assert made.order[0][1].unblocks == 1999
