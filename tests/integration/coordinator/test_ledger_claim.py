"""A ledger has one coordinator at a time, from whatever data folder the second one comes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from coordinator.ledger import claim
from coordinator.ledger.claim import Claim, SessionClaim, claim_ledger
from tests.integration.coordinator.conftest import at_home
from tests.integration.coordinator.house import House
from tests.services import BrokerServer, free_port, wait_until
from ygg.errors import LedgerUnavailable, YggError

_WAITING = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ygg-%'"
_TAKE = f"SELECT pg_advisory_lock({claim._NUMBER}, 1)"


@pytest.fixture
def database(postgres_url: str) -> Iterator[psycopg.Connection]:
    address = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as found:
        yield found


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "TAKE_SECONDS", 0.3)


def second_coordinator(house: House, folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "YGG_DATA_DIR": str(folder / "second"),
        "YGG_REDIS_URL": house.broker.url,
        "YGG_COORDINATOR__PORT": str(free_port()),
        "YGG_COORDINATOR__DATABASE_URL": url,
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
    return subprocess.run(
        [sys.executable, "-m", "coordinator"],
        env=kept | variables | {"XDG_CONFIG_HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_second_coordinator_on_one_sqlite_file_is_refused(
    lone_house: House, tmp_path: Path
) -> None:
    link = tmp_path / "other-name.db"
    link.symlink_to(lone_house.data_dir / "ledger.db")
    done = second_coordinator(lone_house, tmp_path, f"sqlite:///{link}")
    assert done.returncode == 1
    assert "another coordinator has this ledger already: process " in done.stderr
    assert "YGG_COORDINATOR__DATABASE_URL" in done.stderr


def test_a_second_coordinator_on_one_postgres_is_refused(
    postgres_house: House, tmp_path: Path
) -> None:
    url = postgres_house.process.variables["YGG_COORDINATOR__DATABASE_URL"]
    done = second_coordinator(postgres_house, tmp_path, url)
    assert done.returncode == 1
    assert "another coordinator has this ledger already: process " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_coordinator_that_lost_its_ledger_to_another_stops(
    broker: BrokerServer, postgres_url: str, database: psycopg.Connection, tmp_path: Path
) -> None:
    with (
        at_home(House(tmp_path, broker, database_url=postgres_url)) as house,
        ThreadPoolExecutor(1) as pool,
    ):
        taken = pool.submit(database.execute, _TAKE)
        with psycopg.connect(database.info.dsn, password=database.info.password) as other:
            wait_until(lambda: other.execute(_WAITING).fetchone() == (1,), "it to wait its turn")
            other.execute(_END)
        taken.result(timeout=10)
        wait_until(lambda: not house.process.is_running, "the coordinator to stop", 30)
        assert "another coordinator has the ledger now" in house.process.log.read_text()


@pytest.mark.usefixtures("in_no_time")
def test_a_session_that_was_lost_is_made_again(
    postgres_url: str, database: psycopg.Connection
) -> None:
    first, second = claim_ledger(postgres_url), SessionClaim(postgres_url)
    assert first.is_held()
    database.execute(_END)
    assert first.is_held()
    assert not second.take()
    first.release()
    assert second.take()
    assert not first.is_held()
    second.release()


@pytest.mark.usefixtures("in_no_time")
def test_a_claim_that_was_given_back_is_free(tmp_path: Path) -> None:
    url, link = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "other-name.db"
    link.symlink_to(tmp_path / "ledger.db")
    first: Claim = claim_ledger(url)
    for same in (url, f"sqlite:///{link}"):
        with pytest.raises(YggError, match="another coordinator has this ledger already: process"):
            claim_ledger(same)
    first.release()
    claim_ledger(url).release()


def test_a_database_that_is_away_is_not_another_coordinator() -> None:
    with pytest.raises(LedgerUnavailable, match="refused"):
        claim_ledger("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
