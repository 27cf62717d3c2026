"""Somebody else holds the database: who wants to write is refused before long."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from coordinator.ledger import Ledger
from coordinator.ledger.database import _ADVISORY_LOCK, BUSY_SECONDS
from tests.integration.coordinator.desk import Desk, task
from ygg.errors import LedgerUnavailable


@pytest.mark.slow
def test_a_locked_postgres_refuses_in_bounded_time(postgres_ledger: Ledger) -> None:
    url = postgres_ledger.url.set(drivername="postgresql").render_as_string(hide_password=False)
    desk = Desk(postgres_ledger)
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(url) as other:
            other.execute(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})")
            began = time.monotonic()
            waiting = pool.submit(desk.submit, task())
            error = waiting.exception(timeout=2 * BUSY_SECONDS)
        assert isinstance(error, LedgerUnavailable)
        assert time.monotonic() - began < 2 * BUSY_SECONDS


def test_a_postgres_that_is_not_there_is_told_in_our_words() -> None:
    ledger = Ledger("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(LedgerUnavailable, match="refused"):
        Desk(ledger).submit(task())
    ledger.close()
