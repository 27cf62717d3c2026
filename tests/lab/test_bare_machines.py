"""Machines as they come: added over SSH, asked what they are, and told what they lack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.lab.adding import add_host
from tests.lab.host import LabHost, check_lab, lab_root
from tests.lab.network import own_network
from tests.operator import Operator
from tests.services import ServiceMissing

pytestmark = pytest.mark.slow


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
        added = add_host(operator, host, "--queues", "dev")
        assert added.returncode == 0, added.stderr
    told = json.loads(operator("machines", "audit", "--json").stdout)
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
    assert add_host(operator, fenrir).returncode == 0
    assert operator("machines", "edit", "fenrir", "--user", "matt").returncode == 0
    assert add_host(operator, huginn).returncode == 0
    huginn.run("systemctl", "stop", "ssh.socket", "ssh", check=False)
    told = operator("machines", "audit")
    assert told.returncode == 1
    assert "this login may not become root" in told.stdout
    assert f"FAIL  huginn: {huginn.address} refuses the connection" in told.stdout
    fenrir.write("etc/sudoers.d/matt", "matt ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    found = json.loads(operator("machines", "probe", "fenrir", "--json").stdout)
    assert found[0]["facts"]["root"] == "sudo"
