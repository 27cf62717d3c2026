"""A broker away, a database locked, a disk full, a process killed: told, and nothing half done."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from coordinator.ledger.database import BUSY_SECONDS
from coordinator.publisher import PUBLISH_SECONDS
from tests.integration.coordinator.conftest import at_home
from tests.integration.coordinator.house import Answer, House
from tests.services import BrokerServer, free_port, wait_until
from ygg import keys
from ygg.errors import EXIT_UNREACHABLE, Unreachable
from ygg.target import token_file

ECHO = {"label": "dev-echo"}
SLACK_SECONDS = 3


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Somebody else holds the database."""
    with closing(sqlite3.connect(house.data_dir / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def no_room(house: House) -> Iterator[None]:
    """None of the coordinator's files may grow: to it, the disk is full."""
    [process] = [
        child
        for child in psutil.Process().children()
        if child.environ().get("YGG_COORDINATOR__PORT") == str(house.port)
    ]
    kind = resource.RLIMIT_FSIZE
    soft, hard = resource.prlimit(process.pid, kind)
    resource.prlimit(process.pid, kind, (1024, hard))
    try:
        yield
    finally:
        resource.prlimit(process.pid, kind, (soft, hard))


def unacknowledged(house: House) -> int:
    found = house.hand.redis.xpending(keys.OUTCOMES, keys.GROUP)
    return int(found["pending"])  # type: ignore[index]


def timed(house: House, body: dict[str, object] = ECHO) -> tuple[Answer, float]:
    began = time.monotonic()
    answer = house.post("/v1/tasks", body)
    return answer, time.monotonic() - began


def test_with_the_broker_away_tasks_are_accepted_and_told_and_go_when_it_is_back(
    lone_house: House,
) -> None:
    house = lone_house
    house.broker.kill()
    wait_until(lambda: not house.client.health()["parts"]["broker"]["ok"], "it to be noticed")
    assert house.ask("GET", "/health", token=None).status == 503
    answer, seconds = timed(house)
    assert answer.status == 201
    assert answer.json["notices"] == [
        "the broker is away: accepted, and dispatched when it is back"
    ]
    assert seconds < 2
    bulk = house.client.submit_bulk(b"\n".join([json.dumps(ECHO).encode()] * 100))
    assert (bulk["accepted"], len(bulk["notices"])) == (100, 1)
    first = answer.json["task"]["id"]
    assert house.client.cancel(bulk["ids"][0])["state"] == "cancelled"
    assert list(house.client.logs(first)) == []
    house.broker.restart(keep_data=False)
    house.hand.announce()
    house.wait_dispatched(first)
    assert house.client.health()["ok"]
    house.hand.finish(first)
    house.wait_state(first, "succeeded")


def test_a_broker_is_left_to_the_coordinator_that_has_it(lone_house: House, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    epoch = lone_house.hand.redis.get(keys.EPOCH)
    other = House(tmp_path / "other", lone_house.broker)
    other.process.start()
    try:
        wait_until(token_file(other.data_dir).exists, "the other one's token", 30)
        other.client = other.new_client()
        wait_until(lambda: "with another ledger" in _broker(other), "it to be noticed", 30)
        assert str(lone_house.data_dir) in _broker(other)
        assert lone_house.client.health()["ok"]
        assert lone_house.hand.redis.get(keys.EPOCH) == epoch
        lone_house.process.kill()
        wait_until(lambda: _broker(other).startswith("valkey"), "its turn to come", 20)
        assert lone_house.hand.redis.get(keys.EPOCH) != epoch
    finally:
        other.stop()


def _broker(house: House) -> str:
    try:
        return str(house.client.health()["parts"]["broker"]["detail"])
    except Unreachable:
        return ""


def test_a_broker_that_takes_no_writes_counts_as_away(lone_house: House) -> None:
    house = lone_house
    house.hand.redis.config_set("maxmemory", 1)
    wait_until(lambda: not house.client.health()["parts"]["broker"]["ok"], "it to be noticed")
    assert "maxmemory" in house.client.health()["parts"]["broker"]["detail"]
    assert timed(house)[0].json["notices"] == [
        "the broker is away: accepted, and dispatched when it is back"
    ]
    house.hand.redis.config_set("maxmemory", 0)
    wait_until(lambda: house.client.health()["parts"]["broker"]["ok"], "the broker to be back")


def test_a_broker_that_has_just_gone_delays_no_submission(lone_house: House) -> None:
    house = lone_house
    house.broker.kill()
    answer, seconds = timed(house)
    assert answer.status == 201
    assert seconds < 4
    house.broker.restart(keep_data=False)
    house.hand.announce()
    task_id = answer.json["task"]["id"]
    wait_until(lambda: house.client.task(task_id)["attempt"] >= 1, "its dispatch")


def test_a_broker_that_stands_still_delays_one_submission_for_a_moment(lone_house: House) -> None:
    house = lone_house
    os.kill(house.broker.pid, signal.SIGSTOP)
    try:
        waits = [timed(house) for _ in range(3)]
    finally:
        os.kill(house.broker.pid, signal.SIGCONT)
    assert [answer.status for answer, _ in waits] == [201, 201, 201]
    assert max(seconds for _, seconds in waits) < PUBLISH_SECONDS + 1
    assert sum(seconds for _, seconds in waits) < PUBLISH_SECONDS + 2
    for answer, _ in waits:
        house.wait_dispatched(answer.json["task"]["id"])


def test_a_locked_database_refuses_in_bounded_time_and_writes_nothing(house: House) -> None:
    before = house.written()
    with locked(house):
        answer, seconds = timed(house)
        assert house.client.tasks()["tasks"] is not None
    assert answer.status == 503
    assert answer.error["code"] == "ledger_unavailable"
    assert "locked" in answer.error["message"]
    assert "nothing was written" in answer.error["hint"]
    assert seconds < 2 * BUSY_SECONDS + SLACK_SECONDS
    assert house.written() == before
    assert house.post("/v1/tasks", ECHO).status == 201


@pytest.mark.slow
def test_many_at_a_locked_database_are_refused_in_bounded_time_too(house: House) -> None:
    with locked(house), ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: timed(house), range(6)))
    assert {answer.status for answer, _ in found} == {503}
    assert max(seconds for _, seconds in found) < 2 * BUSY_SECONDS + SLACK_SECONDS


def test_a_lock_that_is_let_go_in_time_is_not_noticed(house: House) -> None:
    with ThreadPoolExecutor(1) as pool:
        with locked(house):
            waiting = pool.submit(timed, house)
            wait_until(lambda: waiting.running(), "the request to be on its way")
        answer, _ = waiting.result()
    assert answer.status == 201


def test_on_a_full_disk_tasks_are_refused_and_told_until_there_is_room(house: House) -> None:
    before = house.written()
    with no_room(house):
        for body in (json.dumps(ECHO).encode(), b"\n".join([json.dumps(ECHO).encode()] * 500)):
            answer = house.ask("POST", "/v1/tasks:bulk", body)
            assert answer.status == 503
            assert answer.error["code"] == "ledger_unavailable"
            assert "disk space" in answer.error["hint"]
        assert house.client.labels()
        assert house.ask("PUT", "/v1/blobs/" + "0" * 64, b"x").status == 422
    assert house.written() == before
    task_id = house.run(ECHO)
    assert house.client.task(task_id)["state"] == "succeeded"
    assert house.written() == before + 1


def test_on_a_full_disk_an_input_is_refused_and_told(house: House) -> None:
    content = b"x" * 5000
    path = f"/v1/blobs/{hashlib.sha256(content).hexdigest()}"
    with no_room(house):
        answer = house.ask("PUT", path, content)
    assert house.ask("PUT", path, content).status == 204
    assert answer.status == 503
    assert "disk" in answer.error["message"] + answer.error.get("hint", "")


def test_outcomes_that_came_while_the_database_could_not_take_them_are_applied_after(
    house: House,
) -> None:
    task_id = house.new_client().submit(ECHO)["task"]["id"]
    house.wait_dispatched(task_id)
    with no_room(house):
        house.hand.finish(task_id, result=1)
        wait_until(lambda: unacknowledged(house) == 1, "the outcome to be read")
        assert house.client.task(task_id)["state"] == "queued"
    house.wait_state(task_id, "succeeded")


def test_what_was_accepted_is_there_after_a_kill(house: House) -> None:
    admin = house.new_client()
    waiting = admin.submit(ECHO | {"delay_seconds": 900})["task"]["id"]
    going = admin.submit(ECHO)["task"]["id"]
    token = admin.create_token("survivor", "viewer")
    house.crash()
    client = house.new_client(token)
    assert client.task(waiting)["state"] == "waiting"
    house.hand.finish(going)
    house.wait_state(going, "succeeded")
    assert house.new_client().submit(ECHO)["notices"] == []


def test_a_client_whose_connection_was_closed_meanwhile_submits_on_a_new_one(house: House) -> None:
    client = house.new_client()
    client.submit(ECHO)
    house.crash()
    assert client.submit(ECHO)["task"]["id"]


def test_a_coordinator_refuses_the_ledger_of_a_newer_one(
    migrated_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.db"
    shutil.copy(migrated_file, file)
    with closing(sqlite3.connect(file)) as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
        ledger.commit()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YGG_")}
    ran = subprocess.run(
        [sys.executable, "-m", "coordinator"],
        cwd=tmp_path,
        env=kept | {"YGG_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ran.returncode == EXIT_UNREACHABLE
    assert "newer version (revision 9999)" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_registry_that_is_away_is_told_and_tasks_go_on(tmp_path: Path) -> None:
    config = tmp_path / "yggdrasil" / "ygg.toml"
    config.parent.mkdir()
    config.write_text(f'[registry]\naddress = "localhost:{free_port()}"\n')
    broker = BrokerServer(tmp_path)
    broker.start()
    try:
        with at_home(House(tmp_path, broker)) as house:
            wait_until(lambda: "registry" in house.client.health()["parts"], "a look at it")
            health = house.client.health()
            assert health["ok"]
            assert not health["parts"]["registry"]["ok"]
            assert "does not answer" in health["parts"]["registry"]["detail"]
            assert house.post("/v1/tasks", ECHO).status == 201
    finally:
        broker.kill()
