"""When a registry is asked again, and what a challenge's waiting time means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.client.pace import Pace
from registry.client.patience import Later, Patience, Tries, seconds_of
from ygg.errors import RegistryUnreachable

AWAY = RegistryUnreachable("away")
QUICK = Patience(attempts=3, first_wait_seconds=0)


def test_the_last_attempt_raises_what_is_wrong() -> None:
    made: list[int] = []

    def ask() -> None:
        made.append(1)
        raise Later(AWAY)

    with pytest.raises(RegistryUnreachable, match="away"):
        QUICK.repeated(ask)
    assert len(made) == 3


@pytest.mark.parametrize("seconds", ["31", "1e300", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_who_wants_too_much_time_is_not_asked_again(seconds: str) -> None:
    with pytest.raises(RegistryUnreachable):
        Tries(QUICK, 1000).wait(Later(AWAY, seconds))


def test_no_wait_leads_past_the_end() -> None:
    with pytest.raises(RegistryUnreachable):
        Tries(QUICK, 5).wait(Later(AWAY, "6"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, None), ("", None), ("7", 7), ("-7", 0), ("soon", None), ("nan", None), ("inf", None)],
)
def test_seconds_to_wait(text: str | None, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


def test_a_date_to_wait_for() -> None:
    then = datetime.now(UTC) + timedelta(seconds=20)
    found = seconds_of(format_datetime(then, usegmt=True))
    assert found is not None
    assert 15 < found <= 20
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = seconds_of(text)
    assert found is None or found >= 0


def test_more_bytes_may_take_more_time_up_to_an_end() -> None:
    pace = Pace(grace_seconds=10, bytes_each_second=100, longest_seconds=60)
    assert [pace.allowed_seconds(moved) for moved in (0, 1000, 10**9)] == [10, 20, 60]
