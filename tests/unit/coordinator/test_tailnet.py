"""Candidates on a tailnet. Tailscale itself is not run here: its status is data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coordinator.fleet.inventory import Inventory, read_inventory
from coordinator.fleet.tailnet import candidates, status
from ygg.errors import BadInput, Unreachable


def peer(name: str, address: str, *, os: str = "linux", online: bool = True) -> dict[str, object]:
    return {
        "ID": "n1",
        "HostName": name.upper(),
        "DNSName": f"{name}.tail1234.ts.example.",
        "OS": os,
        "TailscaleIPs": [address, "fd7a::1"],
        "Online": online,
        "CurAddr": "",
    }


STATUS = {
    "Version": "1.80.2",
    "BackendState": "Running",
    "Self": peer("fenrir", "100.64.0.1"),
    "Peer": {
        "nodekey:a": peer("surtr", "100.64.0.3", online=False),
        "nodekey:b": peer("huginn", "100.64.0.2"),
        "nodekey:c": peer("phone", "100.64.0.4", os="android"),
        "nodekey:d": peer("left", "100.64.0.5") | {"TailscaleIPs": None},
    },
}


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    file = tmp_path / "machines.yml"
    file.write_text("all:\n  hosts:\n    desk:\n      ansible_host: 100.64.0.1\n")
    return read_inventory(file)


def test_those_that_are_awake_come_first_and_the_known_are_told(inventory: Inventory) -> None:
    found = candidates(json.dumps(STATUS), inventory)
    told = [(one.name, one.address, one.is_online, one.known_as) for one in found]
    assert told == [
        ("fenrir", "100.64.0.1", True, "desk"),
        ("huginn", "100.64.0.2", True, None),
        ("surtr", "100.64.0.3", False, None),
    ]


def test_a_tailnet_of_one_has_no_peers(inventory: Inventory) -> None:
    assert len(candidates(json.dumps(STATUS | {"Peer": None}), inventory)) == 1


def test_what_is_not_up_says_so(inventory: Inventory) -> None:
    with pytest.raises(Unreachable, match="NeedsLogin"):
        candidates(json.dumps({"BackendState": "NeedsLogin", "Peer": None}), inventory)
    with pytest.raises(BadInput, match="not as we know it"):
        candidates("Tailscale is stopped.", inventory)


@pytest.mark.parametrize(
    ("script", "kind", "message"),
    [
        ("echo failed to connect to local tailscaled >&2; exit 1", Unreachable, "failed to conn"),
        ("exit 3", Unreachable, "exit code 3"),
        (None, BadInput, "not installed"),
    ],
)
def test_a_program_that_fails_is_told_in_its_own_words(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
    kind: type[Exception],
    message: str,
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if script else str(tmp_path))
    if script:
        program = tmp_path / "tailscale"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    with pytest.raises(kind, match=message):
        status()
