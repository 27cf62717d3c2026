"""What `ygg up` lets tasks read of the person's own repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ygg.embedded import plan
from ygg.settings import load

ALLOW = "YGG_HANDLERS__REPOSITORIES__ALLOW_FILE"


def told(nothing_set: Path) -> dict[str, str]:
    made = plan.make(load(data_dir=nothing_set / "data"), plan.Wish(flower=False))
    return next(dict(part.environment) for part in made.parts if part.name == "executor")


def test_those_in_their_home(nothing_set: Path) -> None:
    assert json.loads(told(nothing_set)[ALLOW]) == [str(Path.home())]


def test_or_what_they_chose(nothing_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOW, "[]")
    assert ALLOW not in told(nothing_set)
