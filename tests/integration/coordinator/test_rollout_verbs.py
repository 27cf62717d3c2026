"""`ygg rollout` as a person types it, against a real coordinator and no machine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.coordinator.house import House
from tests.operator import Operator
from tests.rolling import reference
from ygg.rollout_client import Rollouts

Typed = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def typed(house: House, tmp_path: Path) -> Typed:
    operator = Operator(tmp_path, {"YGG_URL": house.client.target.url, "YGG_TOKEN": house.admin})
    return lambda *words: operator("rollout", *words)


@pytest.fixture
def begun(house: House) -> Iterator[tuple[str, str]]:
    """Its id, and the token of its driver."""
    machines = [{"machine": name, "executor": name, "previous": ""} for name in ("north", "south")]
    driven = Rollouts(house.client).start(
        "executor", "0.3.0", reference("b"), machines, driver="ada@desk"
    )
    name, token = driven["rollout"]["id"], driven["token"]
    yield name, token
    if not Rollouts(house.client).show(name)["driver"]:
        token = Rollouts(house.client).drive(name, "grace@desk")["token"]
    Rollouts(house.client).end(name, token, "aborted")


def test_what_it_says_before_there_was_any(typed: Typed) -> None:
    for verb in ("status", "pause", "abort"):
        told = typed(verb)
        assert told.returncode == 2, told.stderr
        assert "ygg rollout start IMAGE VERSION" in told.stderr
    assert typed("history", "--json").stdout.strip() == "[]"


def test_status_and_history_tell_who_what_when_and_how(
    house: House, typed: Typed, begun: tuple[str, str]
) -> None:
    name, token = begun
    rollouts = Rollouts(house.client)
    rollouts.step(name, token, "drain", "begun", machine="north", machine_state="draining")
    shown = typed("status", "--steps").stdout
    for told in (
        name,
        "executor 0.3.0",
        "running",
        "driven by ada@desk",
        "draining",
        "drain begun",
    ):
        assert told in shown
    assert typed("pause").returncode == 0
    assert "asked to pause" in typed("status", name).stdout
    rollouts.end(name, token, "paused", "as asked")
    (row,) = json.loads(typed("history", "--json").stdout)
    assert (row["state"], row["machine_states"]) == ("paused", {"draining": 1, "pending": 1})
    assert "0.3.0" in typed("history").stdout


def test_an_abort_asks_and_a_driver_is_told(
    house: House, typed: Typed, begun: tuple[str, str]
) -> None:
    name, token = begun
    unasked = typed("abort")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    told = typed("abort", "--yes")
    assert told.returncode == 0
    assert "ada@desk drives it, and is told" in told.stderr
    assert Rollouts(house.client).beat(name, token)["wanted"] == "abort"


@pytest.mark.usefixtures("begun")
def test_what_cannot_be_begun_is_refused(typed: Typed) -> None:
    for words, expected in (
        (("start", "registry", "0.3.0"), "executor"),
        (("status", "1qf6dn9s6qjd"), "ygg rollout history"),
        (("start", "executor", "0.3.0", "--max-unavailable", "0"), "x>=1"),
    ):
        told = typed(*words)
        assert told.returncode in (2, 3), told.stderr
        assert expected in told.stderr
