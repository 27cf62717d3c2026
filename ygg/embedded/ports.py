"""Ports on this machine, and which of them other fleets that are just starting have chosen."""

from __future__ import annotations

import errno
import random
import socket
import sys

FIRST, LAST = 15_000, 32_000
"""Below those the kernel hands to clients: one that calls a server again and again while it is
down could be given the server's own port, reach itself, and keep the server from coming back."""


class Claims:
    """Ports of this fleet, kept from other fleets until this process ends.

    A part listens only a while after its port was chosen, and another fleet may choose in between.
    A name that only one process may hold goes with each port, in the kernel's own name space, of
    which there is one wherever there is one of ports. Only Linux has it.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def __del__(self) -> None:
        self.release()

    def release(self) -> None:
        while self._held:
            self._held.pop().close()

    def take(self, host: str, port: int) -> bool:
        """False when somebody listens there, or another fleet is about to."""
        mark = _mark(host, port)
        if mark is None:
            return False
        if why_not(host, port):
            mark.close()
            return False
        self._held.append(mark)
        return True

    def take_any(self, host: str) -> int:
        while not self.take(host, port := random.SystemRandom().randrange(FIRST, LAST)):
            pass
        return port

    def prefer(self, host: str, port: int) -> int:
        """This port, or a free one when somebody has it."""
        return port if self.take(host, port) else self.take_any(host)


def why_not(host: str, port: int) -> str | None:
    """What keeps a server from this address."""
    try:
        with socket.socket(_family(host)) as probe:
            # As a server binds: a port that only remembers closed connections counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return "is in use by another program"
        return f"cannot be used: {error.strerror or error}"
    return None


def any_free(host: str) -> int:
    """A port to advise; nothing keeps others from it."""
    return Claims().take_any(host)


def reachable_host(host: str) -> str:
    """The address to use for a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def url_of(host: str, port: int) -> str:
    host = reachable_host(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _mark(host: str, port: int) -> socket.socket | None:
    mark = socket.socket(socket.AF_UNIX)
    try:
        if sys.platform == "linux":
            mark.bind(f"\0yggdrasil {host}:{port}".encode())
    except OSError:
        mark.close()
        return None
    return mark


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
