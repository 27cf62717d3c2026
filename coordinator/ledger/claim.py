"""A ledger has one coordinator at a time: two would both dispatch, and both call attempts lost.

On SQLite a locked file beside the database says so, on PostgreSQL the advisory lock of a session
that is kept open. A session can be lost without its process: it is looked at, and made again.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from coordinator.ledger.database import explained
from ygg import lock
from ygg.errors import LedgerUnavailable, YggError

TAKE_SECONDS = 5.0
"""One that was killed a moment ago is still ending."""
LOOK_SECONDS = 2.0
_POLL_SECONDS = 0.1
_NUMBER = 0x59_67_67  # "Ygg"; of two numbers, so that it is not the lock of `write`
_TRY = text(f"SELECT pg_try_advisory_lock({_NUMBER}, 1)")
_LOCK = f"locktype = 'advisory' AND classid = {_NUMBER} AND objid = 1 AND objsubid = 2 AND granted"
_MINE = text(
    f"SELECT COUNT(*) FROM pg_locks WHERE {_LOCK} AND pid = pg_backend_pid()"  # noqa: S608 - ours
)
_HOLDER = text(
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"  # noqa: S608 - ours
    f" WHERE {_LOCK} AND datname = current_database()"
)
_SET_NAME = text("SELECT set_config('application_name', :name, FALSE)")
_END_OLD = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = :name AND pid <> pg_backend_pid()"
)
_PREPARE = (
    # The server, too, is to notice before long that a machine is gone.
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)


class Claim(Protocol):
    def take(self) -> bool:
        """False when another coordinator has the ledger."""

    def is_held(self) -> bool:
        """Takes it again if need be; false when another coordinator has it now."""

    def holder(self) -> str:
        """What the coordinator that has it says of itself; nothing when it cannot be asked."""

    def release(self) -> None: ...


def claim_ledger(url: str) -> Claim:
    """Refused when another coordinator has the ledger, from whatever data folder."""
    parsed = make_url(url)
    found: Claim
    if parsed.get_backend_name() == "sqlite":
        found = FileClaim(Path(f"{Path(parsed.database or '').resolve()}.lock"))
    else:
        found = SessionClaim(url)
    if not found.take():
        who = found.holder()
        found.release()
        raise YggError(
            "another coordinator has this ledger already" + (f": {who}" if who else ""),
            hint="stop it, or give this one a database of its own: YGG_COORDINATOR__DATABASE_URL",
        )
    return found


def keep(claim: Claim, stop: threading.Event, lost: Callable[[], None]) -> None:
    """Look after the claim until it is another's."""
    while not stop.wait(LOOK_SECONDS):
        try:
            held = claim.is_held()
        except LedgerUnavailable:
            continue  # nobody else can write to it either, and whoever tries says so
        if not held:
            lost()
            return


class FileClaim:
    """Ends with the process, and not before."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock: lock.Lock | None = None

    def take(self) -> bool:
        self._lock = lock.take(self._file, _this_process(), seconds=TAKE_SECONDS)
        return self._lock is not None

    def is_held(self) -> bool:
        return True

    def holder(self) -> str:
        return lock.text_of_holder(self._file) or ""

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


class SessionClaim:
    """Ends with its connection, which the process may outlive."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", pool_reset_on_return=None
        )
        # PostgreSQL keeps the first 63 letters.
        self._name = f"ygg-{secrets.token_hex(4)} {_this_process()}"[:63]
        self._connection: Connection | None = None

    def take(self) -> bool:
        deadline = time.monotonic() + TAKE_SECONDS
        try:
            with explained():
                connection = self._connect()
                while not connection.execute(_TRY).scalar():
                    if time.monotonic() > deadline:
                        return False
                    time.sleep(_POLL_SECONDS)
        except LedgerUnavailable:
            self.release()
            raise
        return True

    def is_held(self) -> bool:
        if self._connection is None:
            return self.take()
        try:
            with explained():
                mine = self._connection.execute(_MINE).scalar()
        except LedgerUnavailable:
            mine = False
        return bool(mine) or self.take()

    def holder(self) -> str:
        with explained(), self._engine.connect() as connection:
            return str(connection.execute(_HOLDER).scalar() or "").partition(" ")[2]

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> Connection:
        self.release()
        self._connection = connection = self._engine.connect()
        for statement in _PREPARE:
            connection.execute(text(statement))
        connection.execute(_SET_NAME, {"name": self._name})
        # What the server may still take for us, after a wire broke.
        connection.execute(_END_OLD, {"name": self._name})
        return connection


def _this_process() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"
