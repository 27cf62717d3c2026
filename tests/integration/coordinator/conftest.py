"""A migrated ledger on either database, a Valkey for a whole module, and coordinators on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from coordinator.ledger import Ledger
from coordinator.ledger.migrate import upgrade
from coordinator.ledger.tables import metadata
from tests.conftest import unavailable
from tests.integration.coordinator.desk import Desk
from tests.integration.coordinator.house import House
from tests.postgres import PostgresServer
from tests.services import BrokerServer, ServiceMissing


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite ledger, to be copied."""
    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    ledger = Ledger(f"sqlite:///{file}")
    upgrade(ledger)
    ledger.close()
    return file


@pytest.fixture(scope="session")
def migrated_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL ledger, to be emptied."""
    with postgres.fresh_database() as url:
        ledger = Ledger(url)
        upgrade(ledger)
        ledger.close()
        yield url


@pytest.fixture
def sqlite_ledger(migrated_file: Path, tmp_path: Path) -> Iterator[Ledger]:
    file = tmp_path / "ledger.db"
    shutil.copy(migrated_file, file)
    ledger = Ledger(f"sqlite:///{file}")
    yield ledger
    ledger.close()


@pytest.fixture
def postgres_ledger(migrated_database: str) -> Iterator[Ledger]:
    ledger = Ledger(migrated_database)
    with ledger.write() as connection:
        names = ", ".join(metadata.tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    yield ledger
    ledger.close()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    """An empty ledger, on each database in turn."""
    found: Ledger = request.getfixturevalue(f"{request.param}_ledger")
    return found


@pytest.fixture
def desk(ledger: Ledger) -> Desk:
    """The ledger's statements, one transaction each."""
    return Desk(ledger)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerServer]:
    """One running Valkey for the tests of a module."""
    try:
        server = BrokerServer(tmp_path_factory.mktemp("valkey"))
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def client(valkey: BrokerServer) -> Iterator[redis.Redis]:
    """A connection to an empty Valkey."""
    with redis.Redis(port=valkey.port, socket_timeout=5) as found:
        found.flushall()
        yield found


@contextmanager
def at_home(house: House) -> Iterator[House]:
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="module")
def house(valkey: BrokerServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running coordinator, and an executor's announcement on its stream."""
    with at_home(House(tmp_path_factory.mktemp("house"), valkey)) as found:
        yield found


@pytest.fixture(scope="module")
def postgres_house(
    valkey: BrokerServer, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The same on PostgreSQL."""
    folder = tmp_path_factory.mktemp("house")
    with (
        postgres.fresh_database() as url,
        at_home(House(folder, valkey, database_url=url)) as found,
    ):
        yield found


@pytest.fixture
def lone_house(broker: BrokerServer, tmp_path: Path) -> Iterator[House]:
    """A coordinator and a broker for one test, which may break them."""
    with at_home(House(tmp_path, broker)) as found:
        yield found
