"""Rollouts in the ledger: one at a time, one driver at a time, each step once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from coordinator.ledger import Ledger, rollout_read, rollouts
from coordinator.ledger.rollouts import DRIVER_SECONDS, Driven, NewMachine, NewRollout, Step
from tests.integration.coordinator.desk import NOW
from ygg.errors import BadInput, Conflict, NotFound
from ygg.rollout_views import RolloutDetail

OLD = "fleet.example:7450/ygg-executor@sha256:" + "0" * 64
NEW = "fleet.example:7450/ygg-executor@sha256:" + "1" * 64
MACHINES = (NewMachine("north", "north", OLD), NewMachine("east", "east-2", ""))


def new(**changes: Any) -> NewRollout:
    asked: dict[str, Any] = {
        "image": "executor",
        "version": "0.3.0",
        "reference": NEW,
        "machines": MACHINES,
        "canary": 1,
        "max_unavailable": 2,
        "drain_seconds": 60,
        "back_of": None,
    }
    return NewRollout(**(asked | changes))


def start(ledger: Ledger, driver: str = "ada@laptop", now: float = NOW, **changes: Any) -> Driven:
    with ledger.write() as connection:
        return rollouts.start(connection, new(**changes), driver, "ada", now)


def drive(ledger: Ledger, rollout: str, driver: str = "bob@desk", now: float = NOW) -> Driven:
    with ledger.write() as connection:
        return rollouts.drive(connection, rollout, driver, "bob", now)


def take(ledger: Ledger, driven: Driven, step: Step, now: float = NOW) -> str:
    with ledger.write() as connection:
        return rollouts.take_step(connection, driven.id, driven.token, step, now)["wanted"]


def beat(ledger: Ledger, driven: Driven, now: float = NOW) -> str:
    with ledger.write() as connection:
        return rollouts.beat(connection, driven.id, driven.token, now)["wanted"]


def ask(ledger: Ledger, rollout: str, wish: Any, now: float = NOW) -> None:
    with ledger.write() as connection:
        rollouts.ask(connection, rollout, wish, "eve", now)


def end(ledger: Ledger, driven: Driven, state: Any, now: float = NOW) -> None:
    with ledger.write() as connection:
        rollouts.end(connection, driven.id, driven.token, state, "said so", now)


def shown(ledger: Ledger, rollout: str) -> RolloutDetail:
    with ledger.read() as connection:
        return rollout_read.detail(connection, rollout)


def told(ledger: Ledger, rollout: str) -> list[tuple[str, str, str, str]]:
    steps = shown(ledger, rollout)["steps"]
    return [(one["machine"], one["step"], one["state"], one["actor"]) for one in steps]


def test_one_that_has_begun_is_shown_as_it_was_asked_for(ledger: Ledger) -> None:
    driven = start(ledger)
    found = shown(ledger, driven.id)
    assert {name: found[name] for name in found if name not in ("machines", "steps")} == {  # type: ignore[literal-required]
        "id": driven.id,
        "image": "executor",
        "version": "0.3.0",
        "reference": NEW,
        "state": "running",
        "wanted": "",
        "canary": 1,
        "max_unavailable": 2,
        "drain_seconds": 60,
        "back_of": None,
        "created_by": "ada",
        "created_at": NOW,
        "ended_at": None,
        "reason": "",
        "driver": "ada@laptop",
        "driver_until": NOW + DRIVER_SECONDS,
        "machine_states": {"pending": 2},
    }
    assert [(one["machine"], one["executor"], one["previous"]) for one in found["machines"]] == [
        ("north", "north", OLD),
        ("east", "east-2", ""),
    ]
    assert told(ledger, driven.id) == [("", "start", "begun", "ada@laptop")]


def test_another_of_the_same_image_is_refused_until_it_is_ended(ledger: Ledger) -> None:
    first = start(ledger)
    with pytest.raises(Conflict, match=f"{first.id}, to 0.3.0, driven by ada@laptop") as refused:
        start(ledger, version="0.4.0")
    assert f"ygg rollout status {first.id}" in (refused.value.hint or "")
    start(ledger, image="code-agent")
    end(ledger, first, "paused")
    with pytest.raises(Conflict, match=r"is paused already.*driven by nobody"):
        start(ledger, version="0.4.0")
    end(ledger, drive(ledger, first.id), "done")
    second = start(ledger, version="0.4.0")
    with ledger.read() as connection:
        listed = rollout_read.listed(connection, "executor", 10)
        newest = rollout_read.listed(connection, None, 1)
    assert [(one["id"], one["state"]) for one in listed] == [
        (second.id, "running"),
        (first.id, "done"),
    ]
    assert listed[1]["machine_states"] == {"pending": 2}
    assert [one["id"] for one in newest] == [second.id]


def test_the_database_itself_holds_no_two_of_an_image(ledger: Ledger) -> None:
    start(ledger)
    copy = (
        "INSERT INTO rollouts (id, image, version, reference, state, canary, max_unavailable,"
        " drain_seconds, created_by, created_at)"
        " SELECT 'another', image, version, reference, 'paused', canary, max_unavailable,"
        " drain_seconds, created_by, created_at FROM rollouts"
    )
    with pytest.raises(IntegrityError), ledger.write() as connection:
        connection.exec_driver_sql(copy)


def test_of_many_that_start_at_once_one_wins(ledger: Ledger) -> None:
    outcomes = at_once(lambda name: start(ledger, driver=name))
    assert sorted(outcomes) == ["Conflict"] * 7 + ["Driven"]
    with ledger.read() as connection:
        assert len(rollout_read.listed(connection, None, 100)) == 1


def test_of_many_that_take_the_wheel_at_once_one_gets_it(ledger: Ledger) -> None:
    first = start(ledger)
    late = NOW + DRIVER_SECONDS
    outcomes = at_once(lambda name: drive(ledger, first.id, name, late))
    assert sorted(outcomes) == ["Conflict"] * 7 + ["Driven"]


def at_once(act: Callable[[str], object]) -> list[str]:
    """What came of it, eight times."""
    gate, found = threading.Barrier(8), list[str]()

    def run(name: str) -> None:
        gate.wait()
        try:
            found.append(type(act(name)).__name__)
        except Conflict as error:
            found.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(f"driver-{one}",)) for one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_driver_is_replaced_only_when_its_time_is_over(ledger: Ledger) -> None:
    first = start(ledger)
    with pytest.raises(Conflict, match="driven by ada@laptop, for another 1 s at least"):
        drive(ledger, first.id, now=NOW + DRIVER_SECONDS - 0.5)
    beat(ledger, first, NOW + 20)
    with pytest.raises(Conflict, match="for another 20 s"):
        drive(ledger, first.id, now=NOW + DRIVER_SECONDS)
    take(ledger, first, Step("pull", "begun"), NOW + 40)
    second = drive(ledger, first.id, now=NOW + 40 + DRIVER_SECONDS)
    assert shown(ledger, first.id)["driver"] == "bob@desk"
    for act in (
        lambda: take(ledger, first, Step("pull", "done")),
        lambda: beat(ledger, first),
        lambda: end(ledger, first, "done"),
    ):
        with pytest.raises(Conflict, match="who is bob@desk now") as refused:
            act()
        assert refused.value.field == "token"
    take(ledger, second, Step("pull", "done"))
    assert [one[1:] for one in told(ledger, first.id)] == [
        ("start", "begun", "ada@laptop"),
        ("pull", "begun", "ada@laptop"),
        ("drive", "done", "bob@desk"),
        ("pull", "done", "bob@desk"),
    ]


def test_a_silent_driver_whom_nobody_replaced_goes_on(ledger: Ledger) -> None:
    first = start(ledger)
    late = NOW + 10 * DRIVER_SECONDS
    beat(ledger, first, late)
    with pytest.raises(Conflict, match="driven by ada@laptop"):
        drive(ledger, first.id, now=late)


def test_a_step_says_what_became_of_its_machine(ledger: Ledger) -> None:
    first = start(ledger)
    take(ledger, first, Step("drain", "begun", "2 tasks run", "east", "draining"), NOW + 1)
    take(ledger, first, Step("facts", "done", "", "east", None, OLD), NOW + 2)
    found = shown(ledger, first.id)
    assert found["machines"][1] == {
        "machine": "east",
        "executor": "east-2",
        "previous": OLD,
        "state": "draining",
        "says": "",
    }
    assert found["machine_states"] == {"pending": 1, "draining": 1}
    assert [(one["seq"], one["at"], one["says"]) for one in found["steps"][1:]] == [
        (2, NOW + 1, "2 tasks run"),
        (3, NOW + 2, ""),
    ]
    with pytest.raises(BadInput, match="has no machine west"):
        take(ledger, first, Step("drain", "begun", machine="west"))


def test_a_step_that_is_sent_again_is_written_once(ledger: Ledger) -> None:
    first = start(ledger)
    for machine in ("north", "east", "north", "east"):
        take(ledger, first, Step("pull", "done", "", machine, "pulled"))
    take(ledger, first, Step("pull", "failed", "full disk", "north", "failed"))
    take(ledger, first, Step("pull", "done", "", "north", "pulled"))
    assert [one[:3] for one in told(ledger, first.id)[1:]] == [
        ("north", "pull", "done"),
        ("east", "pull", "done"),
        ("north", "pull", "failed"),
        ("north", "pull", "done"),
    ]


def test_only_the_steps_that_are_new_are_shown_if_that_is_asked_for(ledger: Ledger) -> None:
    first = start(ledger)
    take(ledger, first, Step("verify", "done"))
    with ledger.read() as connection:
        found = rollout_read.detail(connection, first.id, steps_after=1)
    assert [one["step"] for one in found["steps"]] == ["verify"]
    assert len(found["machines"]) == 2


def test_the_driver_is_told_what_is_asked_of_it(ledger: Ledger) -> None:
    first = start(ledger)
    assert beat(ledger, first) == ""
    ask(ledger, first.id, "pause")
    assert take(ledger, first, Step("pull", "begun")) == "pause"
    assert shown(ledger, first.id)["state"] == "running"
    ask(ledger, first.id, "abort")
    assert beat(ledger, first) == "abort"
    with pytest.raises(Conflict, match="is to be aborted"):
        ask(ledger, first.id, "pause")
    end(ledger, first, "aborted", NOW + 5)
    found = shown(ledger, first.id)
    assert (found["state"], found["wanted"], found["ended_at"]) == ("aborted", "", NOW + 5)
    assert (found["driver"], found["driver_until"], found["reason"]) == ("", None, "said so")
    assert [one[1:] for one in told(ledger, first.id)] == [
        ("start", "begun", "ada@laptop"),
        ("ask", "done", "eve"),
        ("pull", "begun", "ada@laptop"),
        ("ask", "done", "eve"),
        ("end", "done", "ada@laptop"),
    ]


def test_what_nobody_drives_is_paused_at_once_and_aborted_by_the_next(ledger: Ledger) -> None:
    first = start(ledger)
    late = NOW + DRIVER_SECONDS
    ask(ledger, first.id, "pause", late)
    assert shown(ledger, first.id)["state"] == "paused"
    assert beat(ledger, first, late) == "pause"  # one that was only slow is told so
    end(ledger, first, "paused", late)
    second = drive(ledger, first.id, now=late)
    found = shown(ledger, first.id)
    assert (found["state"], found["wanted"]) == ("running", "")
    ask(ledger, first.id, "abort", late + DRIVER_SECONDS)
    found = shown(ledger, first.id)
    assert (found["state"], found["wanted"]) == ("running", "abort")
    third = drive(ledger, first.id, now=late + DRIVER_SECONDS)
    assert beat(ledger, third, late + DRIVER_SECONDS) == "abort"
    with pytest.raises(Conflict, match="this token"):
        beat(ledger, second)


def test_who_asks_twice_changes_nothing_more(ledger: Ledger) -> None:
    first = start(ledger)
    ask(ledger, first.id, "pause")
    ask(ledger, first.id, "pause")
    end(ledger, first, "paused")
    ask(ledger, first.id, "pause")
    assert [one[1] for one in told(ledger, first.id)] == ["start", "ask", "end"]


def test_one_that_is_paused_is_driven_on_by_another(ledger: Ledger) -> None:
    first = start(ledger)
    end(ledger, first, "paused")
    found = shown(ledger, first.id)
    assert (found["state"], found["ended_at"], found["driver"]) == ("paused", None, "")
    with pytest.raises(Conflict, match="this token is not that of the driver"):
        take(ledger, first, Step("pull", "begun"))
    second = drive(ledger, first.id)
    take(ledger, second, Step("pull", "begun"))
    assert shown(ledger, first.id)["state"] == "running"


@pytest.mark.parametrize("state", ["done", "failed", "aborted"])
def test_what_is_ended_stays_as_it_is(ledger: Ledger, state: str) -> None:
    first = start(ledger)
    end(ledger, first, state, NOW + 1)
    end(ledger, first, state, NOW + 2)  # sent again, for want of an answer
    acts: list[Callable[[], object]] = [
        lambda: take(ledger, first, Step("pull", "begun")),
        lambda: beat(ledger, first),
        lambda: drive(ledger, first.id, now=NOW + 1000),
        lambda: ask(ledger, first.id, "pause"),
        lambda: end(ledger, first, "paused"),
    ]
    for act in acts:
        with pytest.raises(Conflict, match=f"is {state} already"):
            act()
    assert shown(ledger, first.id)["ended_at"] == NOW + 1
    assert [one[1] for one in told(ledger, first.id)] == ["start", "end"]


def test_one_takes_back_another_of_the_same_image(ledger: Ledger) -> None:
    first = start(ledger)
    end(ledger, first, "done")
    with pytest.raises(NotFound, match="there is no rollout"):
        start(ledger, back_of="0" * 12)
    with pytest.raises(BadInput, match=f"{first.id} is one of executor, not of code-agent"):
        start(ledger, image="code-agent", back_of=first.id)
    second = start(ledger, back_of=first.id)
    assert shown(ledger, second.id)["back_of"] == first.id


def test_the_token_is_nowhere_in_the_database(ledger: Ledger) -> None:
    first = start(ledger)
    with ledger.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM rollouts").fetchall()
    assert first.token not in repr(rows)
