"""The coordinator's address: listened on, and written where the command line finds it."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from ygg import lock
from ygg.embedded.ports import any_free
from ygg.errors import YggError
from ygg.target import coordinator_file

LOCK_SECONDS = 5.0
"""One that was killed a moment ago is still ending."""


def listen(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of the host. They take connections once the server runs."""
    found: list[socket.socket] = []
    try:
        for family, kind, _, _, address in _addresses(host, port):
            found.append(socket.socket(family, kind))
            _bind(found[-1], address)
    except OSError as error:
        for each in found:
            each.close()
        raise YggError(
            f"the coordinator cannot listen on {host}:{port}: {error.strerror or error}",
            hint=_advice(error),
        ) from error
    return found


def _advice(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        port = any_free("127.0.0.1")
        return f"`ygg doctor` knows whether a coordinator runs here; --port {port} is free"
    return "set coordinator.host to an address of this machine, coordinator.port above 1023"


def claim_folder(data_dir: Path) -> lock.Lock:
    """Two on one folder would strike off each other's outcomes. The lock's file is yet to say our
    address: until we listen there, it may be somebody else's."""
    file = coordinator_file(data_dir)
    held = lock.take(file, "", seconds=LOCK_SECONDS)
    if held is None:
        where = lock.text_of_holder(file)
        raise YggError(
            f"a coordinator runs on {data_dir} already" + (f", at {where}" if where else ""),
            hint="stop it, or give this one a data folder of its own: YGG_DATA_DIR",
        )
    return held


def _addresses(
    host: str, port: int
) -> set[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]]:
    """A name may have several, `localhost` for one."""
    return set(
        socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    )


def _bind(listener: socket.socket, address: tuple[object, ...]) -> None:
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.family == socket.AF_INET6:  # both at once would take the other family's port
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(address)
