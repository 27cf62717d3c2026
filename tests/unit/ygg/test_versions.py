from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ygg import __version__
from ygg.versions import why_refused

numbers = st.integers(0, 10**6)
rests = st.sampled_from(["", ".0", ".17", ".0rc1", ".1.dev3+g0abc", "a1", "-rc.1", ".0-rc.1"])


def version(major: int, minor: int, rest: str) -> str:
    return f"{major}.{minor}{rest}"


@given(numbers, numbers, st.integers(-1, 1), rests, rests)
def test_neighbours_work_together_whatever_their_patches(
    major: int, minor: int, apart: int, one: str, other: str
) -> None:
    assume(minor + apart >= 0)
    assert not why_refused(version(major, minor, one), version(major, minor + apart, other))


@given(numbers, numbers, st.integers(2, 10**6), rests, rests)
def test_further_apart_is_refused_with_both_named_and_the_older_one_to_mend(
    major: int, minor: int, apart: int, one: str, other: str
) -> None:
    old, new = version(major, minor, one), version(major, minor + apart, other)
    newest = minor + apart
    for executor, coordinator, behind in ((old, new, "executor"), (new, old, "coordinator")):
        assert why_refused(executor, coordinator) == (
            f"the executor is of version {executor}, the coordinator of {coordinator}:"
            f" update the {behind}, to {major}.{newest - 1} or {major}.{newest}"
        )


@given(numbers, numbers, numbers, numbers)
def test_another_major_version_is_refused(major: int, other: int, one: int, two: int) -> None:
    assume(major != other)
    assert why_refused(version(major, one, ".0"), version(other, two, ".0"))


def test_the_first_minor_of_a_major_version_has_none_before_it() -> None:
    assert why_refused("0.9.0", "1.0.0").endswith(": update the executor, to 1.0")


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_are_told_apart_the_same_way_round(one: str, other: str) -> None:
    assert bool(why_refused(one, other)) == bool(why_refused(other, one))


@given(st.text(max_size=120))
def test_the_same_version_is_never_refused(text: str) -> None:
    assert not why_refused(text, text)


@pytest.mark.parametrize(
    "odd", ["", "1", "0.", ".1", "v0.1.0", "0.1\n", "0.\u0661", "0.1.0\n0.1.0", "0." + "1" * 10]
)
def test_what_is_no_version_is_refused(odd: str) -> None:
    assert "only MAJOR.MINOR.PATCH can be compared" in why_refused(odd, __version__)


def test_a_long_one_is_told_in_part() -> None:
    assert len(why_refused("1." * 5000, __version__)) < 400
