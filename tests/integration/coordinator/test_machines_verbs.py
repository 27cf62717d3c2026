"""`ygg machines` against a real SSH server, as a person types it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sshd import SshServer


class Operator:
    """A person with a key and a home of their own, who knows no host yet."""

    def __init__(self, folder: Path, server: SshServer) -> None:
        self.home = folder / "home"
        (self.home / ".ssh").mkdir(parents=True)
        self.server = server
        self.inventory = self.home / ".config" / "yggdrasil" / "machines.yml"
        kept = {
            name: one for name, one in os.environ.items() if not name.startswith(("YGG_", "XDG_"))
        }
        kept.pop("SSH_AUTH_SOCK", None)
        self._environment = kept | {"HOME": str(self.home)}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "ygg.cli", "machines", *words],
            env=self._environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def add(self, *more: str) -> subprocess.CompletedProcess[str]:
        server = self.server
        reached = ("--address", server.host, "--port", str(server.port), "--user", server.user)
        return self("add", "fenrir", *reached, "--key-file", str(server.key_file), *more)


@pytest.fixture
def operator(tmp_path: Path, ssh_server: SshServer) -> Operator:
    return Operator(tmp_path, ssh_server)


def test_a_machine_is_added_once_its_host_key_was_compared(operator: Operator) -> None:
    unknown = operator.add("--queues", "dev,git")
    assert unknown.returncode == 5
    found = re.search(r"--host-key (SHA256:\S+)", unknown.stderr)
    assert found, unknown.stderr
    assert not operator.inventory.exists()
    wrong = operator.add("--host-key", "SHA256:" + "A" * 43)
    assert wrong.returncode == 5
    added = operator.add("--queues", "dev,git", "--host-key", found[1])
    assert added.returncode == 0, added.stderr
    assert "root" not in added.stdout or os.geteuid() != 0
    assert f"fenrir stands in {operator.inventory}" in added.stderr
    assert operator.server.host_key in (operator.home / ".ssh" / "known_hosts").read_text()
    told = json.loads(operator("list", "--json").stdout)
    assert told[0]["variables"]["ygg_queues"] == ["dev", "git"]
    assert operator("add", "fenrir", "--no-probe").returncode != 0


def test_machines_say_what_they_are_and_what_they_lack(operator: Operator) -> None:
    operator("add", "muninn", "--address", "127.0.0.1", "--port", "1", "--no-probe")
    key = operator.add().stderr.split("--host-key ")[1].split()[0]
    assert operator.add("--host-key", key).returncode == 0
    told = operator("probe", "--json")
    assert told.returncode == 1
    muninn, fenrir = json.loads(told.stdout)
    assert muninn["trouble"]["message"] == "127.0.0.1:1 refuses the connection"
    assert fenrir["facts"]["kernel"].startswith("Linux")
    assert fenrir["clock_off_seconds"] == 0
    assert {one["what"] for one in fenrir["findings"]} >= {"hardware", "system", "disk", "clock"}
    read = operator("audit")
    assert read.returncode == 1
    assert "FAIL  muninn: 127.0.0.1:1 refuses the connection" in read.stdout
    assert operator("audit", "fenris").returncode == 2


def test_a_changed_host_key_is_refused_with_the_way_to_accept_it(operator: Operator) -> None:
    key = operator.add().stderr.split("--host-key ")[1].split()[0]
    operator.add("--host-key", key)
    operator.server.change_host_key()
    told = operator("probe", "fenrir")
    assert told.returncode == 1
    assert "has changed" in told.stderr
    assert "ssh-keygen -R" in told.stderr


def test_what_cannot_be_provisioned_is_refused_before_anybody_is_asked(operator: Operator) -> None:
    operator("add", "fenrir", "--no-probe", "--runtime", "venv")
    operator("add", "huginn", "--no-probe", "--group", "broker")
    without, other = operator("provision", "fenrir"), operator("provision", "huginn")
    assert (without.returncode, "not provisioned yet" in without.stderr) == (2, True)
    assert (other.returncode, "not in the group executors" in other.stderr) == (2, True)


def test_a_machine_is_removed_only_when_somebody_says_so(operator: Operator) -> None:
    operator("add", "fenrir", "--no-probe", "--tags", "gpu")
    edited = operator(
        "edit", "fenrir", "--unset", "tags", "--group", "broker", "--no-group", "executors"
    )
    assert edited.returncode == 0, edited.stderr
    assert operator("edit", "fenrir").returncode == 2
    assert operator("edit", "fenrir", "--unset", "tagz").returncode == 3
    asked = operator("remove", "fenrir")
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    assert json.loads(operator("show", "fenrir", "--json").stdout)["groups"] == ["broker"]
    assert operator("remove", "fenrir", "--yes").returncode == 0
    assert operator("show", "fenrir").returncode == 2
