"""A label that the executors of a queue stop offering for a moment, and offer again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from coordinator.ledger import fleet
from coordinator.parts import Parts, build
from tests.services import BrokerServer
from ygg.settings import Settings
from ygg.task import Announcement, Heartbeat, Offer

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


def _turn(parts: Parts) -> None:
    parts.dispatcher.wake_all()
    parts.dispatcher._turn()


def _announcement(name: str, offers: tuple[Offer, ...]) -> Announcement:
    return Announcement(
        executor=name,
        boot="boot",
        machine=name,
        version="1",
        queues=("dev",),
        concurrency=2,
        offers=offers,
    )


def _beat(name: str) -> Heartbeat:
    return Heartbeat(executor=name, boot="boot", at=time.time())
