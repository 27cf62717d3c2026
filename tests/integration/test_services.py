"""The services that other tests stand on do what their names say."""

from __future__ import annotations

import os

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from tests.conftest import unavailable
from tests.postgres import PostgresServer
from tests.services import BrokerServer, ServiceMissing, free_port, wait_until

both_brokers = pytest.mark.parametrize("broker", ["valkey", "redis"], indirect=True)


def connect(broker: BrokerServer) -> redis.Redis:
    return redis.Redis.from_url(broker.url, decode_responses=True)


@both_brokers
def test_broker_runs_as_the_process_it_names(broker: BrokerServer) -> None:
    with connect(broker) as client:
        assert client.info("server")["process_id"] == broker.pid


@both_brokers
def test_broker_killed_and_restarted_keeps_every_acknowledged_write(broker: BrokerServer) -> None:
    with connect(broker) as client:
        client.set("kept", "yes")
        killed, url = broker.pid, broker.url
        broker.kill()
        assert not broker.is_running
        with pytest.raises(redis.ConnectionError):
            client.ping()

        broker.restart()

        assert broker.pid != killed
        assert broker.url == url
        assert client.get("kept") == "yes"


@both_brokers
def test_broker_restarted_without_its_data_is_empty(broker: BrokerServer) -> None:
    with connect(broker) as client:
        client.set("lost", "yes")
        broker.restart(keep_data=False)
        assert client.dbsize() == 0


def test_broker_stopped_in_order_keeps_its_data(broker: BrokerServer) -> None:
    with connect(broker) as client:
        client.set("kept", "yes")
        broker.stop()
        broker.start()
        assert client.get("kept") == "yes"


def test_broker_that_cannot_start_shows_its_log(broker: BrokerServer) -> None:
    broker.stop()
    (broker.folder / "data" / "appendonlydir").rename(broker.folder / "elsewhere")
    (broker.folder / "data" / "appendonlydir").write_text("in the way")
    with pytest.raises(AssertionError, match="ended at once") as raised:
        broker.start()
    assert "appendonlydir" in raised.value.__notes__[0]


def test_each_database_is_fresh(postgres: PostgresServer, postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id int)"))
    engine.dispose()

    with postgres.fresh_database() as other_url:
        other = create_engine(other_url)
        with other.connect() as connection:
            tables = connection.execute(
                text("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'")
            ).scalar_one()
        other.dispose()
    assert tables == 0


def test_database_is_dropped_though_someone_is_connected(postgres: PostgresServer) -> None:
    with postgres.fresh_database() as url:
        connection = psycopg.connect(url.replace("+psycopg", ""))
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url.replace("+psycopg", ""))


def test_free_ports_stay_below_those_given_to_clients() -> None:
    assert all(15_000 <= free_port() < 32_000 for _ in range(20))


def test_waiting_in_vain_says_what_for() -> None:
    with pytest.raises(TimeoutError, match="for: the impossible"):
        wait_until(lambda: False, "the impossible", timeout_seconds=0.05)


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)]
)
def test_missing_service_fails_in_ci_and_skips_elsewhere(
    monkeypatch: pytest.MonkeyPatch, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setitem(os.environ, "CI", ci)
    with pytest.raises(outcome, match="run scripts/install"):
        unavailable(ServiceMissing("nothing here: run scripts/install"))
