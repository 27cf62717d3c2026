"""Ports on this machine."""

from __future__ import annotations

import socket


def is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        # As a server binds: a port that only remembers closed connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def any_free(host: str) -> int:
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def prefer(host: str, port: int) -> int:
    """This port, or a free one when somebody has it."""
    return port if is_free(host, port) else any_free(host)


def reachable_host(host: str) -> str:
    """The address to use for a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104


def url_of(host: str, port: int) -> str:
    host = reachable_host(host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
