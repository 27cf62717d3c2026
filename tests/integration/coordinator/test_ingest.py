"""What executors say reaches the ledger; what cannot be read goes aside and blocks nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from coordinator.ledger import Ledger
from coordinator.ledger.tables import metadata
from coordinator.parts import Parts, build
from tests.integration.coordinator.desk import NOW, Desk, finished, task
from tests.services import BrokerServer, wait_until
from ygg import keys, stream
from ygg.settings import Settings
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
