"""Lines of one bulk request name each other, and never in a circle."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coordinator.refs import resolve_refs
from ygg.task import TaskSpec

Line = tuple[int, TaskSpec, str]


def line(number: int, ref: str | None = None, after: tuple[str, ...] = ()) -> Line:
    return number, TaskSpec(label="dev-echo", ref=ref, after=after), f"id{number}"


@given(
    st.integers(1, 12).flatmap(
        lambda count: st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=20
        ).map(lambda edges: (count, edges))
    )
)
def test_circles_are_refused_with_all_that_is_behind_them_and_nothing_else(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = graph
    after = {at: tuple(f"r{on}" for start, on in edges if start == at) for at in range(count)}
    lines = [line(at, f"r{at}", after[at]) for at in range(count)]
    found = resolve_refs(lines)
    behind = _in_or_behind_a_circle(count, edges)
    assert _and_those_behind(set(found.refused), edges) == behind
    for at in range(count):
        assert found.after.get(at, ()) == tuple(
            dict.fromkeys(f"id{name[1:]}" for name in after[at])
        )
    for at, error in found.refused.items():
        assert error.field == "after"
        path = error.message.split(": ", 1)[1].split(" → ")
        assert path[0] == path[-1]
        assert f"line {at}" in path
        assert set(pairwise(path)) <= {(f"line {start}", f"line {on}") for start, on in edges}


def _in_or_behind_a_circle(count: int, edges: list[tuple[int, int]]) -> set[int]:
    """By taking away what waits for nothing, until nothing goes any more."""
    left = set(range(count))
    while True:
        free = {at for at in left if not any(s == at and on in left for s, on in edges)}
        if not free:
            return left
        left -= free


def _and_those_behind(refused: set[int], edges: list[tuple[int, int]]) -> set[int]:
    while True:
        more = {start for start, on in edges if on in refused} - refused
        if not more:
            return refused
        refused |= more


def test_names_that_are_no_refs_stay_as_they_are() -> None:
    lines = [line(1, "a"), line(2, None, ("a", "0123456789ab"))]
    assert resolve_refs(lines).after[2] == ("id1", "0123456789ab")


def test_lines_that_share_a_name_are_refused_and_no_other() -> None:
    found = resolve_refs([line(1, "a"), line(2, "b"), line(4, "a"), line(7, "a")])
    assert {number: error.message for number, error in found.refused.items()} == {
        1: "the ref 'a' is used twice, in lines 1 and 4",
        4: "the ref 'a' is used twice, in lines 1 and 4",
        7: "the ref 'a' is used twice, in lines 1 and 7",
    }
    assert {error.field for error in found.refused.values()} == {"ref"}


def test_a_task_cannot_wait_for_itself() -> None:
    found = resolve_refs([line(3, "me", ("me",))])
    assert found.refused[3].message.endswith("line 3 → line 3")


def test_a_chain_of_ten_thousand_is_no_circle() -> None:
    lines = [line(0, "r0")] + [line(n, f"r{n}", (f"r{n - 1}",)) for n in range(1, 10_000)]
    assert not resolve_refs(lines).refused
    lines[0] = line(0, "r0", ("r9999",))
    found = resolve_refs(lines)
    assert len(found.refused) == 10_000
    assert max(len(error.message) for error in found.refused.values()) < 500


def test_many_circles_through_each_other_are_found_at_once() -> None:
    count = 3000
    names = tuple(f"r{n}" for n in range(0, count, 50))
    lines = [line(n, f"r{n}", (f"r{(n + 1) % count}", *names)) for n in range(count)]
    began = time.monotonic()
    assert resolve_refs(lines).refused
    assert time.monotonic() - began < 5


def test_ten_thousand_that_all_wait_for_one_are_resolved_at_once() -> None:
    lines = [line(0, "r0")] + [line(n, None, ("r0",)) for n in range(1, 10_000)]
    assert resolve_refs(lines).after[9_999] == ("id0",)
