"""What the reaper takes back, and what it leaves alone until it can know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from coordinator.ledger import fleet, read
from coordinator.parts import Parts, build
from tests.services import BrokerServer, wait_until
from ygg import __version__, keys, stream
from ygg.lease import Claim, Leases
from ygg.settings import DeliverySettings, Settings
from ygg.task import Announcement, Ending, Event, Finished, Heartbeat, Offer, Outcome, Started
from ygg.views import AttemptView, TaskDetail

A, B = "a" * 12, "b" * 12
QUICK = DeliverySettings(
    lease_seconds=0.2, margin_seconds=0.05, grace_seconds=0.1, overdue_seconds=60
)


@pytest.fixture
def parts(tmp_path: Path, broker: BrokerServer) -> Iterator[Parts]:
    """A coordinator whose threads stand still, and two machines that offer `dev-a`."""
    url = SecretStr(broker.url)
    found = build(Settings(data_dir=tmp_path / "data", redis_url=url, delivery=QUICK))
    with found.ledger.write() as connection:
        for name in ("north", "south"):
            fleet.announce(connection, _announcement(name), time.time())
    stream.Reader(found.redis, keys.OUTCOMES, "test").make_group()
    found.catalogue.refresh()
    found.watch.look()
    _alive(found, "north", "south")
    yield found
    found.close()


@pytest.fixture
def leases(parts: Parts) -> Leases:
    return Leases(parts.redis, QUICK.keep_seconds)


def test_what_nobody_is_there_to_take_goes_back_to_the_backlog_with_its_key(
    parts: Parts, leases: Leases
) -> None:
    _submit(parts, A, on="north", key="deploy")
    _submit(parts, B, on="south")
    _alive(parts, "south")
    _look_until(parts, lambda: _attempt(parts, A)["ended_at"] is not None)
    found = _task(parts, A)
    assert (found["state"], found["reason"]) == (
        "queued",
        "no executor that is alive offers this label",
    )
    assert (_attempt(parts, A)["state"], _attempt(parts, A)["charged"]) == ("returned", False)
    assert _count(parts, "permits") == 0
    assert _attempt(parts, B)["state"] == "dispatched"
    assert leases.take(A, 1, "north/1", 0) is Claim.FINISHED
    _alive(parts, "north", "south")
    _turn(parts)
    assert _task(parts, A)["attempt"] == 2
    assert leases.take(A, 1, "north/1", 0) is Claim.FINISHED
    assert leases.take(A, 2, "north/1", 0) is Claim.TAKEN


def test_what_was_begun_is_not_taken_back_while_it_is_renewed(parts: Parts, leases: Leases) -> None:
    _submit(parts, A, on="north")
    _submit(parts, B, on="north")
    leases.take(A, 1, "north/1", 0)
    _alive(parts, "south")
    renewals = iter(range(1, 10_000))

    def b_was_taken_back() -> bool:
        leases.renew(A, 1, "north/1", next(renewals))
        return _attempt(parts, B)["ended_at"] is not None

    _look_until(parts, b_was_taken_back)
    assert _attempt(parts, A)["ended_at"] is None


def test_an_attempt_forestalled_by_a_coordinator_that_was_killed_then_is_taken_back(
    parts: Parts, leases: Leases
) -> None:
    _submit(parts, A, on="north", max_attempts=1)
    assert leases.forestall(A, 1, parts.watch.sight.epoch)
    _look_until(parts, lambda: _attempt(parts, A)["ended_at"] is not None)
    assert (_task(parts, A)["state"], _attempt(parts, A)["state"]) == ("queued", "returned")


@pytest.mark.parametrize("begun", [False, True])
def test_nothing_is_judged_while_an_old_outcome_lies_unread(parts: Parts, begun: bool) -> None:
    """The coordinator was away for so long that the lease of what ended is forgotten."""
    _submit(parts, A, on="north")
    _age(parts, 2 * QUICK.overdue_seconds)
    if begun:
        _apply(parts, Started(task_id=A, attempt=1, executor="north", at=time.time()))
    _lose_messages(parts, "on.north")
    outcome = Outcome(ending=Ending.OK)
    event = Finished(task_id=A, attempt=1, executor="north", boot="boot", spool="", outcome=outcome)
    at_ms = int((time.time() - 60) * 1000)
    parts.redis.xadd(keys.OUTCOMES, {"e": stream.pack_events([event])}, id=f"{at_ms}-0")
    deadline = time.monotonic() + 3 * (QUICK.lease_seconds + QUICK.grace_seconds)
    _look_until(parts, lambda: time.monotonic() > deadline)
    parts.dispatcher._empty_outbox()
    assert _attempt(parts, A)["ended_at"] is None
    assert parts.redis.llen("on.north") == 0
    reader = stream.Reader(parts.redis, keys.OUTCOMES, "test")
    parts.ingest.take(reader.read(10, 1))
    assert _task(parts, A)["state"] == "succeeded"


def test_an_old_outcome_that_a_dead_reader_took_is_unread_too(parts: Parts) -> None:
    parts.redis.xadd(keys.OUTCOMES, {"e": b"[]"}, id="1-1")
    assert len(stream.Reader(parts.redis, keys.OUTCOMES, "dead").read(10, 1)) == 1
    assert parts.reaper._is_behind()
    [taken] = stream.Reader(parts.redis, keys.OUTCOMES, "test").take_over(0, 10)
    parts.redis.xack(keys.OUTCOMES, keys.GROUP, taken[0])
    assert not parts.reaper._is_behind()  # though it is still in the stream


def test_a_lease_that_cannot_be_read_holds_up_nobody_else(parts: Parts) -> None:
    _submit(parts, A, on="north")
    _submit(parts, B, on="north")
    parts.redis.set(keys.lease(A), "what")
    _alive(parts, "south")
    _look_until(parts, lambda: _attempt(parts, B)["ended_at"] is not None)
    assert _attempt(parts, A)["ended_at"] is None


def test_a_task_that_finds_room_is_published_by_who_accepted_it(parts: Parts) -> None:
    _accept(parts, A, on="north")  # no thread of the dispatcher's runs here
    assert parts.redis.llen("on.north") == 1


def test_what_cannot_be_published_holds_up_nobody_else(parts: Parts) -> None:
    for task_id in (A, B):
        _accept(parts, task_id, on="north")
    with parts.ledger.write() as connection:
        connection.execute(text("UPDATE tasks SET inputs = '[{}]' WHERE id = :id"), {"id": A})
    _lose_messages(parts, "on.north")
    with parts.ledger.write() as connection:
        connection.execute(text("UPDATE tasks SET live = FALSE, attempt = 0"))
        connection.execute(text("DELETE FROM attempts"))
    _turn(parts)
    assert _count(parts, "attempts") == 2
    [message] = parts.redis.lrange("on.north", 0, -1)
    assert orjson.loads(message)["headers"]["id"] == f"{B}.1"
    assert not parts.dispatcher._outbox


def _submit(parts: Parts, task_id: str, **more: object) -> None:
    _accept(parts, task_id, **more)
    _turn(parts)
    assert _attempt(parts, task_id)["state"] == "dispatched"


def _accept(parts: Parts, task_id: str, **more: object) -> None:
    body = orjson.dumps({"label": "dev-a"} | more)
    parts.acceptance.accept(body, "me", None, task_id)


def _turn(parts: Parts) -> None:
    parts.dispatcher.wake_all()
    parts.dispatcher._turn()
    parts.dispatcher._empty_outbox()


def _look_until(parts: Parts, condition: Callable[[], bool]) -> None:
    def done() -> bool:
        parts.reaper.look()
        return condition()

    wait_until(done, "the reaper to act", 5)


def _apply(parts: Parts, *events: Event) -> None:
    parts.ingest.take([(b"1-1", stream.pack_events(events))])


def _age(parts: Parts, seconds: float) -> None:
    with parts.ledger.write() as connection:
        connection.execute(
            text("UPDATE attempts SET dispatched_at = dispatched_at - :age"), {"age": seconds}
        )


def _lose_messages(parts: Parts, queue: str) -> None:
    parts.redis.delete(queue)


def _task(parts: Parts, task_id: str) -> TaskDetail:
    with parts.ledger.read() as connection:
        return read.detail(connection, task_id)


def _attempt(parts: Parts, task_id: str) -> AttemptView:
    return _task(parts, task_id)["attempts"][0]


def _count(parts: Parts, table: str) -> int:
    with parts.ledger.read() as connection:
        return int(connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())  # noqa: S608


def _alive(parts: Parts, *names: str) -> None:
    beats = {name: Heartbeat(executor=name, boot="boot", at=time.time()) for name in names}
    parts.catalogue.heard(beats)


def _announcement(name: str) -> Announcement:
    return Announcement(
        executor=name,
        boot="boot",
        machine=name,
        version=__version__,
        queues=("dev",),
        concurrency=2,
        offers=(Offer(label="dev-a", params_schema={"type": "object"}),),
    )
