"""A network of the test's own: a namespace with a bridge, which nothing outside can reach."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.services import ServiceMissing

BRIDGE = "ygg0"
NETWORK = "10.83.0"
OWN_ADDRESS = f"{NETWORK}.1"
_CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def own_network() -> Iterator[None]:
    """This thread, and all that it starts, is in it until the end; the namespace goes with them."""
    if os.geteuid() != 0:
        raise ServiceMissing("the lab needs root: run its tests with sudo")
    outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _checked(_libc.unshare(_CLONE_NEWNET))
        try:
            for words in (
                "link set lo up",
                f"link add {BRIDGE} type bridge",
                f"addr add {OWN_ADDRESS}/24 dev {BRIDGE}",
                f"link set {BRIDGE} up",
            ):
                subprocess.run(["ip", *words.split()], check=True)
            yield
        finally:
            _checked(_libc.setns(outside, _CLONE_NEWNET))
    finally:
        os.close(outside)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise ServiceMissing(f"no network of its own for the lab: {os.strerror(number)}")
