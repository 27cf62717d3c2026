"""A real PostgreSQL cluster for tests, and a fresh database in it for each."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.services import ServerProcess, ServiceMissing


class PostgresServer(ServerProcess):
    """One cluster, made by initdb and as fast as a cluster may be that nobody will miss.

    PostgreSQL refuses to run as root; root's tests run it as the user its package made.
    """

    name = "postgres"

    def __init__(self) -> None:
        self._programs = find_postgres()
        user = "postgres" if os.geteuid() == 0 else None
        # Not below pytest's folder, which other users cannot enter.
        folder = Path(tempfile.mkdtemp(prefix="ygg-postgres-"))
        if user:
            shutil.chown(folder, user, user)
        super().__init__(folder, user)
        self._password = secrets.token_hex(16)

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.folder / "data"), *options]

    def create(self) -> None:
        password_file = self.folder / "password"
        password_file.write_text(self._password)
        password_file.chmod(0o600)
        if self._user:
            shutil.chown(password_file, self._user)
        made = subprocess.run(
            [
                str(self._programs / "initdb"),
                *("--pgdata", str(self.folder / "data"), "--username", "ygg"),
                *("--auth", "scram-sha-256", "--pwfile", str(password_file)),
                *("--encoding", "UTF8", "--no-locale", "--no-sync"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
        )
        assert made.returncode == 0, made.stderr

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self._address("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The SQLAlchemy URL of an empty database; dropped afterwards, whoever is connected."""
        name = f"ygg_{secrets.token_hex(6)}"
        self._administer(f'CREATE DATABASE "{name}"')
        try:
            yield self._address(name).replace("postgresql://", "postgresql+psycopg://")
        finally:
            self._administer(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _address(self, database: str) -> str:
        return f"postgresql://ygg:{self._password}@127.0.0.1:{self.port}/{database}"


def find_postgres() -> Path:
    """The folder of its programs, the newest version first; Debian keeps it off PATH."""

    def version(folder: Path) -> float:
        return float(folder.parent.name)

    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    found = shutil.which("initdb")
    folders = debian + ([Path(found).resolve().parent] if found else [])
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServiceMissing("PostgreSQL is not installed: run sudo scripts/debian")
