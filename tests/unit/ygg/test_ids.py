"""Ids sort by time, never repeat, and survive being read aloud and typed."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ygg.ids import ALPHABET, LENGTH, first_id, new_id, new_ids, read_id

ids = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)
SLIPS = {"0": "0oO", "1": "1iIlL"}


def test_ids_of_one_process_rise_and_never_repeat() -> None:
    made = [new_id() for _ in range(2000)] + new_ids(5000) + [new_id() for _ in range(2000)]
    assert made == sorted(set(made))


def test_ids_made_by_many_threads_at_once_are_all_different() -> None:
    made: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: made.append([new_id() for _ in range(500)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(each == sorted(each) for each in made)
    assert len({name for each in made for name in each}) == 2000


def test_ids_lie_between_the_first_of_their_moment_and_of_a_later_one() -> None:
    before = time.time()
    made = new_id()
    assert first_id(before - 1) < made < first_id(time.time() + 60)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_the_first_id_of_any_moment_is_one_and_rises_with_it(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    assert first_id(earlier) <= first_id(later)
    assert read_id(first_id(one)) == first_id(one)


@given(st.integers(1, 300))
def test_as_many_as_asked_for_come_in_order(count: int) -> None:
    made = new_ids(count)
    assert len(made) == count
    assert made == sorted(set(made))
    assert made[-1] < new_id()


@given(ids, st.data())
def test_an_id_is_read_whatever_the_case_and_with_o_i_l_for_digits(
    name: str, data: st.DataObject
) -> None:
    typed = "".join(
        data.draw(st.sampled_from(SLIPS.get(letter, letter + letter.upper()))) for letter in name
    )
    assert read_id(f"  {typed}\n") == name


def test_a_new_id_is_read_as_itself() -> None:
    name = new_id()
    assert read_id(name) == read_id(name.upper()) == name


@given(st.text())
def test_what_is_read_is_always_an_id(text: str) -> None:
    found = read_id(text)
    assert found is None or (len(found) == LENGTH and set(found) <= set(ALPHABET))


@pytest.mark.parametrize("text", ["", "short", "u" * LENGTH, "0" * (LENGTH + 1), "0123456789a\n-"])
def test_what_is_no_id_is_not_read(text: str) -> None:
    assert read_id(text) is None
