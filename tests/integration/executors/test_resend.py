"""What is sent again, and what is given up: an outcome that nobody will ever acknowledge."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from executors.record import Record
from executors.resend import VAIN_SECONDS, VAIN_TIMES, Resender
from executors.spool import Spool
from tests.services import BrokerServer
from ygg import keys
from ygg.settings import load

NAME = "boot-1-1-1"
OLD = VAIN_SECONDS + 3600


@pytest.fixture
def redis(broker: BrokerServer) -> Iterator[Redis]:
    with Redis(port=broker.port, socket_timeout=5) as found:
        yield found


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    found = Spool(tmp_path / "spool", "boot")
    found.write(NAME, Record([("t", 1, "fenrir/1")], b"unreadable", []))
    return found


@pytest.fixture
def resender(
    redis: Redis, spool: Spool, broker: BrokerServer, monkeypatch: pytest.MonkeyPatch
) -> Resender:
    """Between two looks of it, ten minutes go by: whatever waits is due."""
    delivery = {"blobs_total_bytes": 1024}
    found = Resender(load(redis_url=broker.url, delivery=delivery), redis, spool)
    ticks = itertools.count(time.monotonic(), 600)
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    return found


def grow_old(spool: Spool, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(spool.folder / f"{NAME}.json", (then, then))


def send(resender: Resender, redis: Redis, times: int, *, read: bool = True) -> None:
    """And let the coordinator take it from the stream, or be away."""
    for _ in range(times):
        resender.send_due()
        if read:
            redis.delete(keys.OUTCOMES)


def test_an_outcome_that_is_not_acknowledged_for_a_week_is_set_aside(
    resender: Resender, redis: Redis, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    grow_old(spool, OLD)
    send(resender, redis, VAIN_TIMES)
    assert (spool.names(), resender.spooled) == ([NAME], 1)
    resender.send_due()
    assert (spool.names(), resender.spooled) == ([], 0)
    assert (spool.folder / f"{NAME}.unreadable").read_bytes().count(b"unreadable") == 1
    assert f"not acknowledged, set aside: {NAME}" in caplog.text
    assert not redis.exists(keys.OUTCOMES)


def test_a_young_outcome_is_sent_on(resender: Resender, redis: Redis, spool: Spool) -> None:
    grow_old(spool, VAIN_SECONDS - 3600)
    send(resender, redis, 3 * VAIN_TIMES)
    assert spool.names() == [NAME]


def test_an_old_outcome_waits_for_a_coordinator_that_is_away(
    resender: Resender, redis: Redis, spool: Spool
) -> None:
    grow_old(spool, OLD)
    send(resender, redis, 3 * VAIN_TIMES, read=False)
    assert spool.names() == [NAME]


def test_another_broker_gets_as_many_tries(resender: Resender, redis: Redis, spool: Spool) -> None:
    grow_old(spool, OLD)
    send(resender, redis, VAIN_TIMES)
    resender.all_due()
    send(resender, redis, VAIN_TIMES)
    assert spool.names() == [NAME]


def test_an_outcome_that_found_no_room_was_not_sent_in_vain(
    resender: Resender, redis: Redis, spool: Spool
) -> None:
    sha256 = spool.blobs("t.1").write(b"x" * 1025)
    spool.write(NAME, Record([("t", 1, "fenrir/1")], b"[]", [(sha256, "t.1")]))
    grow_old(spool, OLD)
    send(resender, redis, 3 * VAIN_TIMES)
    assert spool.names() == [NAME]
