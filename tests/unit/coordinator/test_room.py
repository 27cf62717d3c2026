"""How many tasks a queue's window still takes, where small ones share a message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coordinator.ledger.dispatch import Room


@given(
    messages=st.floats(-5, 20),
    tasks=st.integers(-5, 50) | st.just(float("inf")),
    bundle_tasks=st.integers(1, 64),
    asked=st.lists(st.booleans(), max_size=200),
)
def test_a_room_never_takes_more_than_it_has(
    messages: float, tasks: float, bundle_tasks: int, asked: list[bool]
) -> None:
    room = Room(messages, tasks, bundle_tasks)
    taken: list[bool] = []
    for bundle in asked:
        if room.take(bundle=bundle):
            taken.append(bundle)
    assert len(taken) <= max(0, tasks)
    cost = sum(1 / bundle_tasks if bundle else 1 for bundle in taken)
    assert cost <= max(0.0, messages) + 0.5


def test_a_full_bundle_is_as_much_as_one_task_alone() -> None:
    room = Room(messages=2, tasks=float("inf"), bundle_tasks=4)
    assert room.take(bundle=False)
    assert sum(room.take(bundle=True) for _ in range(10)) == 4
    assert not room.take(bundle=False)


def test_a_limit_counts_tasks_whatever_they_share() -> None:
    room = Room(messages=10, tasks=3, bundle_tasks=64)
    assert sum(room.take(bundle=True) for _ in range(10)) == 3
