"""Durations and moments as people type and read them."""

from __future__ import annotations

import re
import time

import click

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_STEP = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")


def read_duration(text: str) -> float | None:
    """`90`, `90s`, `10m`, `1h30m`, `2d`, `1w`: seconds, or nothing if it is none of these."""
    text = text.strip().lower()
    if not text.isascii():
        return None
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(amount) * UNITS[unit] for amount, unit in _STEP.findall(text))


def read_moment(text: str, *, now: float) -> float | None:
    """`2030-01-31T08:00`, `2030-01-31`, `08:00` (the next one): local time unless it says."""
    from datetime import datetime, timedelta

    text = text.strip()
    here = datetime.fromtimestamp(now).astimezone()
    try:
        if _CLOCK.fullmatch(text):
            hour = text if text.index(":") == 2 else "0" + text
            at = datetime.fromisoformat(f"{here:%Y-%m-%d}T{hour}").astimezone()
            if at <= here:
                at = datetime.fromisoformat(f"{here + timedelta(days=1):%Y-%m-%d}T{hour}")
            return at.astimezone().timestamp()
        return datetime.fromisoformat(text).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def age(moment: float | None, *, now: float | None = None) -> str:
    """`3m ago`, or `in 3m` for what is still to come."""
    if moment is None:
        return ""
    passed = (time.time() if now is None else now) - moment
    if abs(passed) < 1:
        return "now"
    return f"{span(passed)} ago" if passed > 0 else f"in {span(-passed)}"


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit, with the next one while that says much."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    if seconds < 60:
        return f"{seconds:.0f}s"
    unit, below = ("m", "s") if seconds < 3600 else ("h", "m") if seconds < 86400 else ("d", "h")
    whole, rest = divmod(int(seconds), UNITS[unit])
    return f"{whole}{unit}{rest // UNITS[below]}{below}" if whole < 10 else f"{whole}{unit}"


def stamp(moment: float | None) -> str:
    """An exact moment, in UTC, for files and scripts."""
    if moment is None:
        return ""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def when(moment: float | None) -> str:
    """Relative on a terminal, exact elsewhere."""
    from ygg.cli.output import on_terminal

    return age(moment) if on_terminal() else stamp(moment)


class Duration(click.ParamType[float]):
    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = value if isinstance(value, float) else read_duration(str(value))
        if found is None:
            self.fail(f"{value!r} is no duration; allowed: 90s, 10m, 1h30m, 2d", param, ctx)
        return found


class Moment(click.ParamType[float]):
    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = value if isinstance(value, float) else read_moment(str(value), now=time.time())
        if found is None:
            self.fail(f"{value!r} is no time; allowed: 2030-01-31T08:00, 08:00", param, ctx)
        return found


class Since(click.ParamType[float]):
    """A duration back from now, or a moment."""

    name = "since"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        back = read_duration(str(value))
        if back is not None:
            return time.time() - back
        found = read_moment(str(value), now=time.time())
        if found is None:
            self.fail(f"{value!r} is no time; allowed: 1d, 12h, 2030-01-31T08:00", param, ctx)
        return found
