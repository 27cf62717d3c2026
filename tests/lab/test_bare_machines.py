"""Machines as they come: added over SSH, asked what they are, and told what they lack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import own_network
from tests.services import ServiceMissing

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Operator:
    home: Path

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: one for name, one in os.environ.items() if not name.startswith(("YGG_", "XDG_"))
        }
        return subprocess.run(
            [sys.executable, "-P", "-m", "ygg.cli", "machines", *words],
            env=kept | {"HOME": str(self.home)},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def add(self, host: LabHost, *more: str) -> subprocess.CompletedProcess[str]:
        known = host.known_hosts.read_text().split(maxsplit=1)[1]
        shown = subprocess.run(
            ["ssh-keygen", "-lf", "-"], input=known, capture_output=True, text=True, check=True
        )
        login = ("--address", host.address, "--user", "root", "--key-file", str(host.key_file))
        return self("add", host.name, *login, "--host-key", shown.stdout.split()[1], *more)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[LabHost]]:
    try:
        check_lab()
        lab_root()
    except ServiceMissing as error:
        unavailable(error)
    folder = tmp_path_factory.mktemp("bare")
    with own_network(), LabHost(folder, "fenrir") as one, LabHost(folder, "huginn") as other:
        yield [one, other]


def test_bare_hosts_are_added_and_say_what_they_lack(hosts: list[LabHost], tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    for host in hosts:
        added = operator.add(host, "--queues", "dev")
        assert added.returncode == 0, added.stderr
    told = json.loads(operator("audit", "--json").stdout)
    for one in told:
        assert one["facts"]["os"].startswith("Debian GNU/Linux 13")
        assert (one["facts"]["root"], one["facts"]["podman"]) == ("yes", None)
        assert one["facts"]["systemd"] >= 257
        lacking = {found["what"]: found["next"] for found in one["findings"] if found["next"]}
        assert lacking["podman"] == "provisioning installs it"


def test_one_who_may_not_become_root_and_one_that_is_off_are_told(
    hosts: list[LabHost], tmp_path: Path
) -> None:
    fenrir, huginn = hosts
    operator = Operator(tmp_path)
    fenrir.run("useradd", "--create-home", "matt")
    fenrir.run("cp", "-r", "/root/.ssh", "/home/matt/.ssh")
    fenrir.run("chown", "-R", "matt", "/home/matt/.ssh")
    assert operator.add(fenrir).returncode == 0
    assert operator("edit", "fenrir", "--user", "matt").returncode == 0
    assert operator.add(huginn).returncode == 0
    huginn.run("systemctl", "stop", "ssh.socket", "ssh", check=False)
    told = operator("audit")
    assert told.returncode == 1
    assert "this login may not become root" in told.stdout
    assert f"FAIL  huginn: {huginn.address} refuses the connection" in told.stdout
    fenrir.write("etc/sudoers.d/matt", "matt ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    found = json.loads(operator("probe", "fenrir", "--json").stdout)
    assert found[0]["facts"]["root"] == "sudo"
