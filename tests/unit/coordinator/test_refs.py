"""Lines of one bulk request name each other, and never in a circle."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.router import resolve_refs
from ygg.errors import BadInput
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
def test_a_circle_is_refused_and_anything_else_resolved(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = graph
    after = {at: tuple(f"r{on}" for start, on in edges if start == at) for at in range(count)}
    lines = [line(at, f"r{at}", after[at]) for at in range(count)]
    if _has_circle(count, edges):
        with pytest.raises(BadInput, match="wait for each other: line") as refused:
            resolve_refs(lines)
        assert refused.value.field == "after"
        assert refused.value.line in range(count)
        path = refused.value.message.split(": ", 1)[1].split(" → ")
        assert path[0] == path[-1]
        steps = {(f"line {start}", f"line {on}") for start, on in edges}
        assert set(pairwise(path)) <= steps
    else:
        found = resolve_refs(lines)
        for at in range(count):
            wanted = tuple(dict.fromkeys(f"id{name[1:]}" for name in after[at]))
            assert found.get(at, ()) == wanted


def _has_circle(count: int, edges: list[tuple[int, int]]) -> bool:
    """By taking away what waits for nothing, until nothing goes any more."""
    left = set(range(count))
    while True:
        free = {at for at in left if not any(s == at and on in left for s, on in edges)}
        if not free:
            return bool(left)
        left -= free


def test_names_that_are_no_refs_stay_as_they_are() -> None:
    lines = [line(1, "a"), line(2, None, ("a", "0123456789ab"))]
    assert resolve_refs(lines)[2] == ("id1", "0123456789ab")


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(BadInput, match="used twice") as refused:
        resolve_refs([line(1, "a"), line(4, "a")])
    assert (refused.value.field, refused.value.line) == ("ref", 4)


def test_a_task_cannot_wait_for_itself() -> None:
    with pytest.raises(BadInput, match="line 3 → line 3"):
        resolve_refs([line(3, "me", ("me",))])


def test_a_chain_of_ten_thousand_is_no_circle() -> None:
    lines = [line(0, "r0")] + [line(n, f"r{n}", (f"r{n - 1}",)) for n in range(1, 10_000)]
    assert len(resolve_refs(lines)) == 10_000
    lines[0] = line(0, "r0", ("r9999",))
    with pytest.raises(BadInput, match="wait for each other"):
        resolve_refs(lines)


def test_ten_thousand_that_all_wait_for_one_are_resolved_at_once() -> None:
    lines = [line(0, "r0")] + [line(n, None, ("r0",)) for n in range(1, 10_000)]
    assert resolve_refs(lines)[9_999] == ("id0",)
