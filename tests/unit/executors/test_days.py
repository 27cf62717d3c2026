"""Every day of the calendar is one, and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from itertools import product
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from executors.days import DAY
from executors.handlers.git import Moment
from executors.handlers.ops_service import Since


def test_the_days_are_those_of_the_calendar() -> None:
    days = re.compile(DAY)
    for year, month, day in product(range(1965, 2105), range(14), range(33)):
        real = False
        with suppress(ValueError):
            real = 1970 <= date(year, month, day).year < 2100
        assert bool(days.fullmatch(f"{year}-{month:02}-{day:02}")) == real, (year, month, day)


@pytest.mark.parametrize("kind", [Moment, Since])
@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2028-02-29T23:59:59Z", True),
        ("2026-02-29T23:59:59Z", False),
        ("2026-02-31T08:00:00Z", False),
        ("2026-13-01T08:00:00Z", False),
        ("2026-01-31T24:00:00Z", False),
        ("2026-01-31T08:61:00Z", False),
        ("1900-01-31T08:00:00Z", False),
    ],
)
def test_what_is_no_time_is_refused_at_submit(kind: Any, text: str, good: bool) -> None:
    adapter = TypeAdapter[str](kind)
    assert jsonschema_rs.validator_for(adapter.json_schema()).is_valid(text) == good
    if not good:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)
