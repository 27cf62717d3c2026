"""What a person reads when a playbook fails: Ansible's own words, of a real server, made short."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services import free_port
from tests.sshd import SshServer
from ygg.adapters.playbook import Event, HostResult, Play, play

AGAIN = "; then the same again: what is done is left alone"


def _nothing(event: Event) -> None:
    pass


@dataclass
class Site:
    """One machine, and what is played on it."""

    folder: Path
    server: SshServer

    def play(
        self,
        *commands: str,
        on_event: Callable[[Event], None] = _nothing,
        become: str = "",
        **said: object,
    ) -> HostResult:
        """Each command a task, in a shell there."""
        book = self.folder / "book.yml"
        book.write_text(_book(commands, become=bool(become)))
        if become:
            said |= {"ansible_become_exe": become, "ansible_become_user": "nobody"}
        wanted = Play(self.folder, book, self._inventory(said), self.folder / "private")
        report = play(wanted, on_event=on_event, cancelled=lambda: False)
        return report.hosts["fenrir"]

    def _inventory(self, said: dict[str, object]) -> Path:
        server = self.server
        known = {
            "ansible_host": server.host,
            "ansible_port": server.port,
            "ansible_user": server.user,
            "ansible_ssh_private_key_file": str(server.key_file),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={server.known_hosts}",
            "ansible_python_interpreter": sys.executable,
        }
        lines = [f"      {name}: {value!r}\n" for name, value in (known | said).items()]
        file = self.folder / "inventory.yml"
        file.write_text("all:\n  hosts:\n    fenrir:\n" + "".join(lines))
        return file


def _book(commands: tuple[str, ...], *, become: bool) -> str:
    tasks = [
        f"    - name: {json.dumps(f'Do {one}')}\n      ansible.builtin.raw: {json.dumps(one)}\n"
        for one in commands
    ]
    head = f"- hosts: all\n  gather_facts: false\n  become: {str(become).lower()}\n  tasks:\n"
    return head + "".join(tasks)


@pytest.fixture
def site(tmp_path: Path, ssh_server: SshServer) -> Site:
    return Site(tmp_path, ssh_server)


def test_nobody_listens(site: Site) -> None:
    found = site.play("true", ansible_port=free_port())
    assert found.message.endswith("Connection refused")
    assert found.next_step == "does its SSH server run there?" + AGAIN


def test_it_goes_away_in_the_middle(site: Site) -> None:
    def on_event(event: Event) -> None:
        if event.kind == "playbook_on_task_start" and event.task == "Do echo two":
            site.server.kill()

    found = site.play("echo one", "echo two", on_event=on_event)
    assert (found.ok, found.unreachable, found.failed_task) == (1, 1, "Do echo two")
    assert found.next_step.endswith(AGAIN)


def test_nobody_is_let_in(site: Site) -> None:
    site.server.authorized_keys.write_text("")
    found = site.play("true")
    assert "Permission denied" in found.message
    assert found.next_step == "is the public key in that login's authorized_keys there?" + AGAIN


def test_a_changed_host_key_is_told_in_a_line_with_the_way_to_accept_it(site: Site) -> None:
    site.server.change_host_key()
    found = site.play("true")
    assert "its host key has changed: now it is SHA256:" in found.message
    assert "\n" not in found.message
    where = f'-f "{site.server.known_hosts}" -R "[{site.server.host}]:{site.server.port}"'
    assert f"remove the old key: ssh-keygen {where}" in found.next_step


def test_an_unknown_host_key_is_told_with_who_says_how_to_add_it(site: Site) -> None:
    site.server.known_hosts.write_text("")
    found = site.play("true")
    assert found.message.endswith("Host key verification failed.")
    assert "ygg machines probe says how to add it" in found.next_step


def test_sudo_that_asks(site: Site) -> None:
    asks = site.folder / "sudo"
    asks.write_text("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n")
    asks.chmod(0o755)
    found = site.play("true", become=str(asks))
    assert (found.failed, found.message) == (1, "Task failed: Missing sudo password")
    assert found.next_step == "let this login use sudo without a password, or log in as root"


def test_a_command_that_fails_is_told_by_what_it_said(site: Site) -> None:
    found = site.play("echo 'writing blob: no space left on device' >&2; exit 125")
    assert found.message == "non-zero return code: writing blob: no space left on device"
    assert found.next_step.startswith("make room there: df -h")
