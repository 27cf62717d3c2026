"""The way into a machine, as its inventory and the person's own ssh_config say."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from coordinator.fleet.machine import Machine
from ygg.adapters.ssh import Connection, connected
from ygg.adapters.ssh_errors import HostKeyUnknown
from ygg.adapters.ssh_login import Address, pin
from ygg.errors import BadInput

Compare = Callable[[HostKeyUnknown], bool]
"""Whether this is the machine's key: only somebody who knows the machine can tell."""


def address_of(machine: Machine) -> Address:
    said = machine.variables
    options = _options(machine)
    known_hosts = options.get("userknownhostsfile")
    return Address(
        host=machine.address,
        port=said.ansible_port,
        user=said.ansible_user,
        key_file=_path(said.ansible_ssh_private_key_file),
        known_hosts_file=_path(known_hosts),
        jump=options.get("proxyjump"),
    )


@contextmanager
def logged_in(machine: Machine, compare: Compare | None = None) -> Iterator[Connection]:
    """An unknown host key is refused, unless `compare` knows it; then it is pinned."""
    address = address_of(machine)
    for _ in range(8):  # a key for each hop on the way
        try:
            with connected(address) as connection:
                yield connection
            return
        except HostKeyUnknown as unknown:
            if compare is None or not compare(unknown):
                raise
            pin(unknown)


def _options(machine: Machine) -> dict[str, str]:
    """Those of `-o NAME=VALUE` and `-J`, by their names in small letters."""
    text = machine.variables.ansible_ssh_common_args or ""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"ansible_ssh_common_args of {machine.name}: {error}") from error
    found: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word in ("-o", "-J") and words:
            word += words.pop(0)
        if word.startswith("-J"):
            found["proxyjump"] = word[2:]
        elif word.startswith("-o"):
            name, _, value = word[2:].partition("=")
            found[name.lower()] = value
    return found


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None
