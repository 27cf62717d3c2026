"""What executors say reaches the ledger; what cannot be read goes aside and blocks nobody."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis
from sqlalchemy import text

from coordinator.aftermath import Aftermath
from coordinator.changes import Changes, Waiter
from coordinator.ingest import Ingest
from coordinator.ledger import Ledger, read
from coordinator.ledger.outcomes import Policy
from coordinator.ledger.rows import Applied
from coordinator.ledger.tables import metadata
from coordinator.parts import Parts, build
from tests.integration.coordinator.desk import BOUNDS, NOW, Desk, finished, task
from tests.services import BrokerServer, wait_until
from ygg import keys, stream
from ygg.blobs import Blobs
from ygg.settings import DeliverySettings, Settings
from ygg.task import LogChunk


@pytest.fixture
def parts(
    ledger: Ledger, valkey: BrokerServer, client: redis.Redis, tmp_path: Path
) -> Iterator[Parts]:
    """A coordinator's parts on this ledger, with nothing running but who reads the streams."""
    url = ledger.url.render_as_string(hide_password=False)
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "redis_url": valkey.url,
            "coordinator": {"database_url": url},
        }
    )
    found = build(settings)
    found.catalogue.refresh()
    threads = [
        threading.Thread(target=run, args=(found.stop,))
        for run in (found.ingest.run, found.logs.run)
    ]
    for thread in threads:
        thread.start()
    yield found
    found.stop.set()
    for name in (keys.OUTCOMES, keys.LOGS):  # or it would wait for something to read
        client.xadd(name, {"e": "[]"})
    for thread in threads:
        thread.join(10)
    found.close()


def settle(client: redis.Redis, name: str) -> None:
    wait_until(lambda: client.xlen(name) == 0, f"{name} to be read to its end", 3)


@pytest.fixture
def running(desk: Desk, parts: Parts) -> str:
    """A task whose first attempt is under way."""
    one = task()
    desk.submit(one)
    desk.dispatch()
    return one.id


POISON: dict[str, bytes] = {
    "no json": b"\xff\x00 what",
    "no list": b"{}",
    "no kind": b'[{"kind": "exploded"}]',
    "half an event": b'[{"kind": "finished", "task_id": "x"}]',
    "nothing": b"",
}


@pytest.mark.parametrize("what", POISON)
def test_an_entry_that_cannot_be_read_goes_aside(
    client: redis.Redis, desk: Desk, running: str, what: str
) -> None:
    stream.emit(client, POISON[what])
    stream.emit(client, stream.pack_events([finished(running)]))
    settle(client, keys.OUTCOMES)
    assert desk.state(running) == "succeeded"
    assert desk.rows("SELECT stream FROM unreadable") == [(keys.OUTCOMES,)]


ODD: dict[str, Any] = {
    "an unknown task": {"task_id": "never was"},
    "a number of an attempt that never was": {"attempt": 10**6},
    "an attempt beyond any number": {"attempt": 2**70},
    "a long name": {"executor": "x" * 500},
    "a NUL in its reason": {"reason": "a\x00b"},
}


@pytest.mark.parametrize("what", ODD)
def test_an_odd_outcome_blocks_nobody(
    client: redis.Redis, desk: Desk, parts: Parts, what: str
) -> None:
    odd, good = task(), task()
    desk.submit(odd, good)
    desk.dispatch()
    event = finished(**({"task_id": odd.id} | ODD[what]))
    stream.emit(client, stream.pack_events([event]))
    stream.emit(client, stream.pack_events([finished(good.id)]))
    settle(client, keys.OUTCOMES)
    assert desk.state(good.id) == "succeeded"


@pytest.mark.parametrize(
    "odd",
    [{"task_id": "much longer than any id"}, {"sequence": 2**70}, {"text": "a\x00b"}],
    ids=["a long id", "a sequence beyond any number", "a NUL"],
)
def test_an_odd_log_line_blocks_nobody(
    client: redis.Redis, desk: Desk, running: str, odd: dict[str, Any]
) -> None:
    good = {
        "task_id": running,
        "attempt": 1,
        "sequence": 1,
        "at": NOW,
        "stream": "stdout",
        "text": "good",
    }
    for fields in (good | {"sequence": 2} | odd, good):
        stream.emit_logs(client, stream.pack_logs([LogChunk.model_validate(fields)]))
    settle(client, keys.LOGS)
    assert ("good",) in desk.rows("SELECT text FROM logs")


SPOILT: dict[str, dict[str, Any]] = {
    "an ending of a later version": {"ending": "exploded"},
    "half a character": {"ending": "ok", "reason": "\ud800"},
    "no outcome at all": {},
    "more depth than is read": {"ending": "ok", "result": json.loads("[" * 300 + "]" * 300)},
    "a cause beyond all length": {"ending": "lost", "cause": "x" * 1000},
    "an artifact that is not what it says": {
        "ending": "ok",
        "artifacts": [
            {
                "path": "a",
                "blob": {"sha256": "0" * 64, "size_bytes": 1, "inline_base64": "YQ=="},
            }
        ],
    },
}


def in_words(task_id: str, outcome: dict[str, Any]) -> dict[str, Any]:
    """What only another version of an executor would say."""
    return finished(task_id).model_dump(mode="json") | {"outcome": outcome}


def emit(client: redis.Redis, *events: dict[str, Any]) -> None:
    stream.emit(client, json.dumps(events).encode())


@pytest.mark.parametrize("what", SPOILT)
def test_an_outcome_that_cannot_be_read_ends_its_attempt_and_spoils_no_other(
    client: redis.Redis, desk: Desk, parts: Parts, what: str
) -> None:
    tasks = [task(), task(), task()]
    desk.submit(*tasks)
    desk.dispatch()
    good, spoilt, last = (one.id for one in tasks)
    emit(client, in_words(good, {"ending": "ok"}), in_words(spoilt, SPOILT[what]))
    stream.emit(client, stream.pack_events([finished(last)]))
    settle(client, keys.OUTCOMES)
    assert desk.states(*tasks) == ["succeeded", "failed", "succeeded"]
    assert desk.detail(spoilt)["reason"].startswith("error: its outcome could not be stored: ")
    [(payload,)] = desk.rows("SELECT payload FROM unreadable")
    assert json.loads(payload)["task_id"] == spoilt
    struck_off = client.lrange(keys.acknowledged("hand"), 0, -1)
    assert f"spool {spoilt} 1".encode() in struck_off


@pytest.fixture
def strict(ledger: Ledger) -> Iterator[None]:
    """The database takes no outcome of the executor `hidden`."""
    if ledger.is_sqlite:
        make = (
            "CREATE TRIGGER strict BEFORE UPDATE ON tasks WHEN NEW.executor = 'hidden'"
            " BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        )
        drop = "DROP TRIGGER strict"
    else:
        make = "ALTER TABLE tasks ADD CONSTRAINT strict CHECK (executor <> 'hidden')"
        drop = "ALTER TABLE tasks DROP CONSTRAINT strict"
    for statement in (make, drop):
        with ledger.write() as connection:
            connection.execute(text(statement))
        if statement is make:
            yield


@pytest.mark.usefixtures("strict", "parts")
def test_an_outcome_that_the_database_refuses_goes_aside_alone(
    client: redis.Redis, desk: Desk
) -> None:
    tasks = [task() for _ in range(9)]
    desk.submit(*tasks)
    desk.dispatch()
    executors = ["hand"] * 5 + ["hidden"] + ["hand"] * 3
    said = [finished(one.id, executor=name) for one, name in zip(tasks, executors, strict=True)]
    stream.emit(client, stream.pack_events(said))
    settle(client, keys.OUTCOMES)
    assert desk.states(*tasks[:5], *tasks[6:]) == ["succeeded"] * 8
    [(payload,)] = desk.rows("SELECT payload FROM unreadable")
    assert json.loads(payload)["task_id"] == tasks[5].id


def test_an_outcome_that_the_database_refuses_ends_its_attempt(
    client: redis.Redis, desk: Desk, running: str
) -> None:
    stream.emit(client, stream.pack_events([finished(running, executor="x" * 500)]))
    settle(client, keys.OUTCOMES)
    if desk.ledger.is_sqlite:  # which takes a name of any length
        assert desk.state(running) == "succeeded"
        return
    assert desk.state(running) == "failed"
    assert desk.detail(running)["reason"].startswith("error: its outcome could not be stored: ")
    assert len(desk.rows("SELECT * FROM unreadable")) == 1


class Failing(Aftermath):
    def tell(self, applied: Applied) -> NoReturn:
        fail(applied)


def make_ingest(
    parts: Parts,
    *,
    able: Callable[..., list[str]] = lambda *_: [],
    changes: Changes | None = None,
    aftermath: type[Aftermath] = Aftermath,
) -> Ingest:
    changes = changes or parts.changes
    policy = Policy(BOUNDS, random.Random(1), able)
    return Ingest(
        parts.redis,
        parts.ledger,
        parts.catalogue,
        changes,
        policy,
        parts.files,
        Blobs(parts.redis, DeliverySettings()),
        aftermath(parts.ledger, policy, changes, parts.dispatcher, parts.metrics),
        "one",
    )


def fail(*_: object) -> NoReturn:
    raise RuntimeError("a mistake of ours")


def test_an_outcome_that_meets_a_mistake_of_ours_goes_aside_alone(desk: Desk, parts: Parts) -> None:
    tasks = [task(), task(), task()]
    desk.submit(*tasks)
    desk.dispatch()
    first, odd, last = (one.id for one in tasks)
    returned = finished(odd, ending="returned", cause="not_offered")
    said = stream.pack_events([finished(first), returned, finished(last)])
    make_ingest(parts, able=fail).take([(b"1-1", said)])
    assert desk.states(*tasks) == ["succeeded", "failed", "succeeded"]
    assert desk.rows("SELECT error FROM unreadable") == [("RuntimeError: a mistake of ours",)]


def test_a_mistake_after_the_commit_does_not_bring_the_outcome_back(
    client: redis.Redis, desk: Desk, parts: Parts, running: str
) -> None:
    said = stream.pack_events([finished(running)])
    make_ingest(parts, aftermath=Failing).take([(b"1-1", said)])
    assert desk.state(running) == "succeeded"
    assert client.lrange(keys.acknowledged("hand"), 0, -1) == [f"spool {running} 1".encode()]


def test_who_waits_is_handed_the_task_with_the_news_of_its_end(
    desk: Desk, parts: Parts, running: str
) -> None:
    async def wait() -> Waiter:
        changes.attach(asyncio.get_running_loop())
        with changes.waiting(running) as waiter:
            said = stream.pack_events([finished(running, result={"answer": 42})])
            ingest = make_ingest(parts, changes=changes)
            await asyncio.to_thread(ingest.take, [(b"1-1", said)])
            await asyncio.wait_for(waiter.changed.wait(), 10)
            return waiter

    changes = Changes(read.detail)
    waiter = asyncio.run(wait())
    assert waiter.detail is not None
    assert (waiter.detail["state"], waiter.detail["result"]) == ("succeeded", {"answer": 42})


def test_a_task_that_cannot_be_shown_to_who_waits_has_its_outcome_all_the_same(
    desk: Desk, parts: Parts, running: str
) -> None:
    changes = Changes(fail)
    said = stream.pack_events([finished(running)])
    with changes.waiting(running):
        make_ingest(parts, changes=changes).take([(b"1-1", said)])
    assert desk.state(running) == "succeeded"
    assert desk.rows("SELECT * FROM unreadable") == []


def test_a_nul_in_what_a_task_said_is_made_visible(
    client: redis.Redis, desk: Desk, running: str
) -> None:
    emit(client, in_words(running, {"ending": "error", "reason": "a\x00b", "hint": "\x00"}))
    settle(client, keys.OUTCOMES)
    assert desk.detail(running)["reason"] == "error: a␀b"
    assert desk.rows("SELECT * FROM unreadable") == []


def test_a_cause_of_a_later_version_is_not_charged(
    client: redis.Redis, desk: Desk, running: str
) -> None:
    emit(client, in_words(running, {"ending": "returned", "cause": "eclipse"}))
    settle(client, keys.OUTCOMES)
    assert desk.rows("SELECT state, charged, uncharged FROM tasks") == [("waiting", 0, 1)]


def test_what_comes_again_is_set_aside_once(client: redis.Redis, desk: Desk, parts: Parts) -> None:
    one, two = in_words("never was", {"ending": "what"}), {"kind": "exploded"}
    for _ in range(3):
        emit(client, one, two)
        emit(client, two)
    settle(client, keys.OUTCOMES)
    assert len(desk.rows("SELECT * FROM unreadable")) == 2


def test_an_applied_outcome_is_acknowledged_to_who_spooled_it(
    client: redis.Redis, desk: Desk, running: str
) -> None:
    for _ in range(2):
        stream.emit(client, stream.pack_events([finished(running, executor="fenrir")]))
    settle(client, keys.OUTCOMES)
    lines = client.lrange(keys.acknowledged("fenrir"), 0, -1)
    assert set(lines) == {f"spool {running} 1".encode()}


def test_a_broker_that_lost_its_streams_is_read_again_from_the_beginning(
    client: redis.Redis, desk: Desk, running: str
) -> None:
    wait_until(lambda: bool(client.exists(keys.OUTCOMES)), "the group")
    client.flushall()
    stream.emit(client, stream.pack_events([finished(running)]))
    wait_until(lambda: desk.state(running) == "succeeded", "the outcome to be applied")


def test_the_fixture_empties_every_table(desk: Desk) -> None:
    assert all(desk.rows(f"SELECT * FROM {name}") == [] for name in metadata.tables)  # noqa: S608
