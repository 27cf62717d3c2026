"""`ygg machines` against a real SSH server, as a person types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.operator import Operator
from tests.sshd import SshServer


@dataclass(frozen=True)
class Machines:
    """`ygg machines` of somebody who knows no host yet, and one host."""

    operator: Operator
    server: SshServer

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.operator("machines", *words)

    def add(self, *more: str) -> subprocess.CompletedProcess[str]:
        server = self.server
        reached = ("--address", server.host, "--port", str(server.port), "--user", server.user)
        return self("add", "fenrir", *reached, "--key-file", str(server.key_file), *more)


@pytest.fixture
def machines(tmp_path: Path, ssh_server: SshServer) -> Machines:
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    return Machines(Operator(tmp_path / "home"), ssh_server)


def test_a_machine_is_added_once_its_host_key_was_compared(machines: Machines) -> None:
    unknown = machines.add("--queues", "dev,git")
    assert unknown.returncode == 5
    found = re.search(r"--host-key (SHA256:\S+)", unknown.stderr)
    assert found, unknown.stderr
    assert not machines.operator.inventory.exists()
    wrong = machines.add("--host-key", "SHA256:" + "A" * 43)
    assert wrong.returncode == 5
    added = machines.add("--queues", "dev,git", "--host-key", found[1])
    assert added.returncode == 0, added.stderr
    assert "root" not in added.stdout or os.geteuid() != 0
    assert f"fenrir stands in {machines.operator.inventory}" in added.stderr
    assert machines.server.host_key in (machines.operator.home / ".ssh" / "known_hosts").read_text()
    told = json.loads(machines("list", "--json").stdout)
    assert told[0]["variables"]["ygg_queues"] == ["dev", "git"]
    assert machines("add", "fenrir", "--no-probe").returncode != 0


def test_machines_say_what_they_are_and_what_they_lack(machines: Machines) -> None:
    machines("add", "muninn", "--address", "127.0.0.1", "--port", "1", "--no-probe")
    key = machines.add().stderr.split("--host-key ")[1].split()[0]
    assert machines.add("--host-key", key).returncode == 0
    told = machines("probe", "--json")
    assert told.returncode == 1
    muninn, fenrir = json.loads(told.stdout)
    assert muninn["trouble"]["message"] == "127.0.0.1:1 refuses the connection"
    assert fenrir["facts"]["kernel"].startswith("Linux")
    assert fenrir["clock_off_seconds"] == 0
    assert {one["what"] for one in fenrir["findings"]} >= {"hardware", "system", "disk", "clock"}
    read = machines("audit")
    assert read.returncode == 1
    assert "FAIL  muninn: 127.0.0.1:1 refuses the connection" in read.stdout
    assert machines("audit", "fenris").returncode == 2


def test_a_changed_host_key_is_refused_with_the_way_to_accept_it(machines: Machines) -> None:
    key = machines.add().stderr.split("--host-key ")[1].split()[0]
    machines.add("--host-key", key)
    machines.server.change_host_key()
    told = machines("probe", "fenrir")
    assert told.returncode == 1
    assert "has changed" in told.stderr
    assert "ssh-keygen -R" in told.stderr


def test_what_cannot_be_provisioned_is_refused_before_anybody_is_asked(machines: Machines) -> None:
    machines("add", "huginn", "--no-probe")
    machines("edit", "huginn", "--no-group", "executors")
    told = machines("provision", "huginn")
    assert (told.returncode, "huginn is in no group" in told.stderr) == (2, True)
    assert "ygg machines edit huginn --group executors" in told.stderr


def test_a_machine_is_removed_only_when_somebody_says_so(machines: Machines) -> None:
    machines("add", "fenrir", "--no-probe", "--tags", "gpu")
    edited = machines(
        "edit", "fenrir", "--unset", "tags", "--group", "broker", "--no-group", "executors"
    )
    assert edited.returncode == 0, edited.stderr
    assert machines("edit", "fenrir").returncode == 2
    assert machines("edit", "fenrir", "--unset", "tagz").returncode == 3
    asked = machines("remove", "fenrir")
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    assert json.loads(machines("show", "fenrir", "--json").stdout)["groups"] == ["broker"]
    assert machines("remove", "fenrir", "--yes").returncode == 0
    assert machines("show", "fenrir").returncode == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--address", "-oProxyCommand=id"), "is not a host name or an IP address"),
        (("--tags", "G PU"), "'G PU' is not a tag: gpu, arch:arm64"),
        (("--group", "executor"), "'executor' is not one of 'registry'"),
    ],
)
def test_what_is_wrong_is_refused_before_it_is_written(
    machines: Machines, words: tuple[str, str], message: str
) -> None:
    machines("add", "huginn", "--no-probe")
    before = machines.operator.inventory.read_text()
    for verb in (("add", "fenrir", "--no-probe"), ("edit", "huginn")):
        told = machines(*verb, *words)
        assert (told.returncode, message in told.stderr, words[0] in told.stderr) == (2, True, True)
        assert machines.operator.inventory.read_text() == before


def test_two_operators_at_once_lose_no_change(machines: Machines) -> None:
    machines("add", "huginn", "--no-probe")
    typed = [
        ("add", "fenrir", "--no-probe", "--address", "100.64.0.11"),
        ("add", "fenrir", "--no-probe", "--address", "100.64.0.12"),
        ("add", "muninn", "--no-probe"),
        ("edit", "huginn", "--tags", "gpu"),
        ("edit", "huginn", "--queues", "dev"),
    ]
    with ThreadPoolExecutor(len(typed)) as operators:
        told = list(operators.map(lambda words: machines(*words), typed))
    first, second, *others = told
    assert sorted([first.returncode, second.returncode]) == [0, 2]
    refused = first if first.returncode else second
    assert "ygg machines edit fenrir" in refused.stderr
    assert [one.returncode for one in others] == [0, 0, 0]
    found = {
        one["machine"]: one["variables"] for one in json.loads(machines("list", "--json").stdout)
    }
    assert set(found) == {"fenrir", "huginn", "muninn"}
    assert (found["huginn"]["ygg_tags"], found["huginn"]["ygg_queues"]) == (["gpu"], ["dev"])
