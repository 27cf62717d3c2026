from datetime import datetime

import pytest

from ygg.cli.times import age, read_duration, read_moment, span, stamp

NOON = datetime(2030, 1, 31, 12, 0).astimezone().timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5h", 5400),
        ("10m", 600),
        ("1h30m", 5400),
        ("2d", 172800),
        ("1W", 604800),
        (" 5m ", 300),
    ],
)
def test_durations_are_read(text, seconds):
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 m", "-5s", "1y", "1h 30m", "٣s", "nan", "1e3"])
def test_what_is_no_duration_is_not_guessed_at(text):
    assert read_duration(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("13:30", NOON + 5400),
        ("11:00", NOON + 23 * 3600),
        ("2030-02-01", NOON + 12 * 3600),
        ("2030-01-31T12:00:30", NOON + 30),
        ("2030-01-31T12:00:00+00:00", datetime.fromisoformat("2030-01-31T12:00+00:00").timestamp()),
    ],
)
def test_moments_are_local_unless_they_say(text, moment):
    assert read_moment(text, now=NOON) == moment


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2030-02-31", "9999999999999"])
def test_what_is_no_moment_is_not_guessed_at(text):
    assert read_moment(text, now=NOON) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (59, "59s"),
        (61, "1m1s"),
        (3599, "59m"),
        (3600, "1h0m"),
        (90000, "1d1h"),
        (864000, "10d"),
    ],
)
def test_spans_are_short(seconds, text):
    assert span(seconds) == text


def test_ages_look_both_ways():
    assert age(NOON - 200, now=NOON) == "3m20s ago"
    assert age(NOON + 200, now=NOON) == "in 3m20s"
    assert age(NOON, now=NOON) == "now"
    assert age(None) == ""


def test_a_stamp_is_exact_and_in_utc():
    assert stamp(0) == "1970-01-01T00:00:00Z"
