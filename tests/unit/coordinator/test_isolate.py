"""One event that nothing can be done with keeps no other from being applied."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordinator.aside import UNAVAILABLE, isolate


@given(st.integers(0, 40), st.sets(st.integers(0, 39)))
def test_each_is_committed_or_refused_once_and_in_order(count: int, poison: set[int]) -> None:
    committed: list[int] = []
    refused: list[int] = []

    def commit(items: Sequence[int]) -> None:
        if poison & set(items):
            raise KeyError
        committed.extend(items)

    isolate(range(count), commit, lambda item, _error: refused.append(item))
    assert committed == [item for item in range(count) if item not in poison]
    assert refused == [item for item in range(count) if item in poison]


@pytest.mark.parametrize("error", [MemoryError(), OSError(28, "no space left on device")])
def test_a_trouble_of_the_machine_is_no_event_s_fault(error: Exception) -> None:
    def commit(_items: Sequence[int]) -> None:
        raise error

    def refuse(_item: int, _error: Exception) -> None:
        pytest.fail("nothing is wrong with it")

    with pytest.raises(UNAVAILABLE):
        isolate([1, 2], commit, refuse)
