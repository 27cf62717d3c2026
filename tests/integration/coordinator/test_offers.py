"""Labels whose offer changes: gone for a moment, made by some executors only, or another."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from coordinator.ledger import actions, dispatch, fleet
from coordinator.ledger.rows import Supply
from coordinator.parts import Parts, build
from tests.services import BrokerServer
from ygg import __version__, stream
from ygg.settings import Settings
from ygg.task import Announcement, Ending, Finished, Heartbeat, Offer, Outcome

ECHO, ODD = (Offer(label=label, params_schema={"type": "object"}) for label in ("dev-a", "dev-b"))


@pytest.fixture
def parts(tmp_path: Path, broker: BrokerServer) -> Iterator[Parts]:
    """A coordinator whose threads stand still."""
    found = build(Settings(data_dir=tmp_path / "data", redis_url=SecretStr(broker.url)))
    with found.ledger.write() as connection:
        for name, offers in (("steady", (ECHO,)), ("fickle", (ECHO, ODD))):
            fleet.announce(connection, _announcement(name, offers), time.time())
    found.catalogue.refresh()
    found.watch.look()
    yield found
    found.close()


def test_a_task_parked_between_two_looks_is_dispatched_after_the_second(parts: Parts) -> None:
    both = {name: _beat(name) for name in ("steady", "fickle")}
    parts.catalogue.heard(both)
    _turn(parts)
    parts.catalogue.heard({"steady": both["steady"]})
    task_id = parts.acceptance.accept(b'{"label": "dev-b"}', "me", None, "a" * 12)["task"]["id"]
    parts.catalogue.heard(both)  # back before the dispatcher looked
    _turn(parts)
    assert parts.service.view(task_id)["attempt"] == 1


def test_a_turn_that_fails_leaves_nobody_parked(parts: Parts) -> None:
    both = {name: _beat(name) for name in ("steady", "fickle")}
    parts.catalogue.heard({"steady": both["steady"]})
    _turn(parts)
    task_id = parts.acceptance.accept(b'{"label": "dev-b"}', "me", None, "a" * 12)["task"]["id"]
    with parts.ledger.write() as connection:
        refuse = "BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.execute(text(f"CREATE TRIGGER no BEFORE INSERT ON attempts {refuse}"))
    parts.catalogue.heard(both)
    with pytest.raises(IntegrityError):
        _turn(parts)
    with parts.ledger.write() as connection:
        connection.execute(text("DROP TRIGGER no"))
    _turn(parts)
    assert parts.service.view(task_id)["attempt"] == 1


def test_a_task_is_reviewed_as_its_label_said_when_it_was_accepted(parts: Parts) -> None:
    proposes, newer = (ECHO.model_copy(update={"tier": tier}) for tier in (2, None))
    _announce(parts, "steady", proposes)
    task_id = parts.acceptance.accept(b'{"label": "dev-a"}', "me", None, "a" * 12)["task"]["id"]
    _announce(parts, "fickle", newer)
    _turn(parts)
    _end(parts, task_id, Outcome(ending=Ending.OK))
    assert parts.service.view(task_id)["state"] == "review"


def test_a_label_that_one_executor_lacks_is_not_held_while_the_other_is_alive(
    parts: Parts,
) -> None:
    parts.catalogue.heard({name: _beat(name) for name in ("steady", "fickle")})
    task_id = parts.acceptance.accept(b'{"label": "dev-b"}', "me", None, "a" * 12)["task"]["id"]
    returned = Outcome(ending=Ending.RETURNED, cause="not_offered")
    _turn(parts)
    _end(parts, task_id, returned)
    assert _uncharged(parts, task_id) == 0
    parts.catalogue.heard({"steady": _beat("steady")})
    with parts.ledger.write() as connection:  # its pause is over
        connection.execute(text("UPDATE tasks SET state = 'queued', not_before = NULL"))
        sight = parts.watch.sight
        supply = Supply("dev", 1, frozenset({"dev-b"}), 1, None)
        room = dispatch.rooms(connection, [supply], 1)["dev"]
        assert dispatch.dispatch(connection, supply, room, sight.epoch, time.time())
    _end(parts, task_id, returned, attempt=2)
    assert _uncharged(parts, task_id) == 1


def _uncharged(parts: Parts, task_id: str) -> int:
    with parts.ledger.read() as connection:
        return int(actions.get(connection, task_id).uncharged)


def test_a_retry_is_reviewed_as_the_task_that_it_repeats(parts: Parts) -> None:
    _announce(parts, "steady", ECHO.model_copy(update={"tier": 2}))
    task_id = parts.acceptance.accept(b'{"label": "dev-a"}', "me", None, "a" * 12)["task"]["id"]
    parts.service.cancel(task_id, "me", "")
    again = parts.service.retry(task_id, "me", "")["id"]
    with parts.ledger.read() as connection:
        assert actions.get(connection, again).tier == 2


def _announce(parts: Parts, name: str, *offers: Offer) -> None:
    with parts.ledger.write() as connection:
        fleet.announce(connection, _announcement(name, offers), time.time())
    parts.catalogue.refresh()
    parts.catalogue.heard({name: _beat(name) for name in ("steady", "fickle")})


def _end(parts: Parts, task_id: str, outcome: Outcome, attempt: int = 1) -> None:
    """As the executor `steady` would say it."""
    event = Finished(
        task_id=task_id,
        attempt=attempt,
        executor="steady",
        boot="boot",
        spool="",
        outcome=outcome,
    )
    parts.ingest.take([(b"1-1", stream.pack_events([event]))])


def _turn(parts: Parts) -> None:
    parts.dispatcher.wake_all()
    parts.dispatcher._turn()


def _announcement(name: str, offers: tuple[Offer, ...]) -> Announcement:
    return Announcement(
        executor=name,
        boot="boot",
        machine=name,
        version=__version__,
        queues=("dev",),
        concurrency=2,
        offers=offers,
    )


def _beat(name: str) -> Heartbeat:
    return Heartbeat(executor=name, boot="boot", at=time.time())
