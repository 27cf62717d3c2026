"""ops-playbook: the real Ansible over a real sshd."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import unavailable
from tests.integration.executors.harness import ExecutorProcess, running_executor
from tests.integration.executors.machines import SECONDS, ask, tell, variables_of
from tests.services import ServiceMissing, free_port, wait_until
from tests.sshd import SshServer
from ygg.adapters.playbook import count_tasks
from ygg.task import Ending, Outcome

SITE = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Write the version
      ansible.builtin.copy:
        dest: "{{ folder }}/{{ inventory_hostname }}"
        content: "{{ version | default('none') }}\\n"
      tags: [write]
    - name: Look
      ansible.builtin.command: "true"
      changed_when: false
      tags: [look]
"""
BREAK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Not this
      ansible.builtin.command: ls /no/such/folder
      ignore_errors: true
    - name: Break web2
      ansible.builtin.fail:
        msg: web2 is tired
      when: inventory_hostname == "web2"
"""
SLOW = """
- hosts: web1
  gather_facts: false
  tasks:
    - name: Take long
      ansible.builtin.command: tail -f /dev/null
"""
ENVIRONMENT = """
- hosts: web1
  gather_facts: false
  tasks:
    - name: Show
      ansible.builtin.debug:
        msg: "<{{ lookup('env', 'YGG_REDIS_URL') }}> <{{ lookup('env', 'HOME') }}>"
"""
INVENTORY = """#!/bin/sh
env > "$0.env.$$"
echo '{"all": {"hosts": ["web1"], "vars": {"ansible_connection": "local"}}}'
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ansible")


@pytest.fixture(scope="module")
def project(folder: Path) -> Iterator[Path]:
    (folder / "sshd").mkdir()
    try:
        server = SshServer(folder / "sshd")
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    found = folder / "site"
    found.mkdir()
    for name, text in [("site", SITE), ("break", BREAK), ("slow", SLOW), ("env", ENVIRONMENT)]:
        (found / f"{name}.yml").write_text(text)
    (folder / "outside.yml").write_text(SITE)
    (found / "link.yml").symlink_to(folder / "outside.yml")
    write_inventory(found / "inventory", server, "web1", "web2", known_hosts=server.known_hosts)
    (folder / "strangers").touch()
    write_inventory(found / "strange", server, "web1", known_hosts=folder / "strangers")
    (found / "away").write_text(f"gone ansible_host=127.0.0.1 ansible_port={free_port()}\n")
    (found / "made").write_text(INVENTORY)
    (found / "made").chmod(0o755)
    (folder / "written").mkdir()
    yield found
    server.kill()


def write_inventory(file: Path, server: SshServer, *names: str, known_hosts: Path) -> None:
    common = {
        "ansible_host": server.host,
        "ansible_port": server.port,
        "ansible_user": server.user,
        "ansible_ssh_private_key_file": server.key_file,
        "ansible_ssh_common_args": f"'-o UserKnownHostsFile={known_hosts}'",
        "ansible_python_interpreter": sys.executable,
        "folder": server.folder.parent / "written",
    }
    lines = ["[all]", *names, "[all:vars]", *(f"{key}={value}" for key, value in common.items())]
    file.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def executor(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecutorProcess]:
    projects = {
        "site": {"folder": str(project), "variables": ["version"]},
        "strange": {"folder": str(project), "inventory": "strange"},
        "away": {"folder": str(project), "inventory": "away"},
        "made": {"folder": str(project), "inventory": "made"},
        "nowhere": {"folder": "/no/such/folder"},
    }
    sections = {"ops_playbook": {"projects": projects}}
    folder = tmp_path_factory.mktemp("executor")
    with running_executor(folder, **variables_of(sections), API_TOKEN="s3cret") as found:
        yield found


def result(outcome: Outcome) -> Any:
    return outcome.result


def kept(outcome: Outcome) -> dict[str, str]:
    """The artifacts' text, by name."""
    return {
        one.path: base64.b64decode(one.blob.inline_base64 or "").decode()
        for one in outcome.artifacts
    }


def test_a_playbook_is_played_on_every_host(executor: ExecutorProcess, folder: Path) -> None:
    envelope = tell(executor, "ops-playbook", project="site", variables={"version": "7"})
    outcome = executor.outcome(envelope, SECONDS)
    assert outcome.ending is Ending.OK, outcome
    hosts = result(outcome)["hosts"]
    assert {name: (one["ok"], one["changed"]) for name, one in hosts.items()} == {
        "web1": (2, 1),
        "web2": (2, 1),
    }
    assert (folder / "written" / "web2").read_text() == "7\n"
    assert "TASK [Write the version]" in executor.text(envelope, "ygg")
    events = [json.loads(line) for line in kept(outcome)["events.ndjson"].splitlines()]
    assert [one["task"] for one in events if one["kind"] == "runner_on_ok"] == (
        ["Write the version"] * 2 + ["Look"] * 2
    )
    assert "PLAY RECAP" in kept(outcome)["ansible.txt"]


@pytest.mark.slow
def test_check_mode_changes_nothing(executor: ExecutorProcess, folder: Path) -> None:
    file = folder / "written" / "web1"
    file.write_text("as it was\n")
    checked = {"project": "site", "check": True, "limit": "web1", "tags": ["write"]}
    outcome = ask(executor, "ops-playbook", **checked, variables={"version": "8"})
    assert result(outcome)["hosts"]["web1"]["changed"] == 1
    assert list(result(outcome)["hosts"]) == ["web1"]
    assert file.read_text() == "as it was\n"


def test_a_failed_host_is_told_with_what_its_task_said(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-playbook", project="site", playbook="break.yml")
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "web2 failed at 'Break web2': web2 is tired"
    hosts = result(outcome)["hosts"]
    assert (hosts["web1"]["failed"], hosts["web1"]["ignored"]) == (0, 1)
    assert (hosts["web2"]["failed"], hosts["web2"]["failed_task"]) == (1, "Break web2")
    assert hosts["web1"]["message"] == ""
    assert "ansible.txt" in kept(outcome)


def test_a_host_that_is_away(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-playbook", project="away", playbook="break.yml")
    assert outcome.reason.startswith("gone cannot be reached: ")
    assert result(outcome)["hosts"]["gone"]["unreachable"] == 1


def test_a_host_key_that_nobody_knows_is_not_taken(executor: ExecutorProcess, folder: Path) -> None:
    outcome = ask(executor, "ops-playbook", project="strange", playbook="break.yml")
    assert outcome.reason.startswith("web1 cannot be reached: ")
    assert "Host key verification failed" in outcome.reason
    assert (folder / "strangers").read_text() == ""


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"project": "other"}, "other is not a project of this executor"),
        ({"project": "nowhere"}, "there is no folder /no/such/folder"),
        ({"project": "site", "playbook": "none.yml"}, "there is no playbook none.yml"),
        ({"project": "site", "playbook": "link.yml"}, "there is no playbook link.yml"),
        ({"project": "site", "playbook": "../outside.yml"}, "is not a path inside"),
        ({"project": "site", "variables": {"ansible_connection": "local"}}, "lets no task set"),
        ({"project": "site", "variables": {"version": "{{ lookup('pipe', 'id') }}"}}, "params"),
        ({"project": "site", "limit": "@/etc/passwd"}, "params"),
        ({"project": "site", "tags": ["--list-hosts"]}, "params"),
    ],
)
def test_what_is_not_allowed(
    executor: ExecutorProcess, params: dict[str, object], reason: str
) -> None:
    outcome = ask(executor, "ops-playbook", **params)
    assert outcome.ending is Ending.ERROR
    assert reason in outcome.reason


def test_a_limit_that_names_no_host(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-playbook", project="site", limit="nobody")
    assert outcome.ending is Ending.ERROR
    assert "nobody" in kept(outcome)["ansible.txt"]


def test_ansible_sees_nothing_of_the_executors_environment(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-playbook", project="site", playbook="env.yml")
    assert outcome.ending is Ending.OK
    assert "<> </" in kept(outcome)["ansible.txt"]


def test_nor_does_what_makes_the_inventory(executor: ExecutorProcess, project: Path) -> None:
    """It is run to count the tasks, and again to play them."""
    assert ask(executor, "ops-playbook", project="made", playbook="env.yml").ending is Ending.OK
    seen = [file.read_text() for file in project.glob("made.env.*")]
    assert len(seen) >= 2
    assert all("HOME=" in one and "API_TOKEN" not in one for one in seen)


def test_a_cancelled_playbook_is_killed(executor: ExecutorProcess) -> None:
    envelope = tell(executor, "ops-playbook", project="site", playbook="slow.yml")
    wait_until(lambda: "Take long" in executor.text(envelope, "ygg"), "the slow task", SECONDS)
    executor.cancel(envelope)
    assert executor.outcome(envelope, SECONDS).ending is Ending.CANCELLED
    below = psutil.Process(executor.process.pid).children(recursive=True)
    assert not [one for one in below if "ansible" in " ".join(one.cmdline())]


def test_tasks_are_counted_from_ansibles_list() -> None:
    listed = (
        "\nplaybook: site.yml\n\n  play #1 (all): all\tTAGS: []\n    tasks:\n"
        "      Write the version\tTAGS: [write]\n      Look\tTAGS: [look]\n"
    )
    assert count_tasks(listed) == 2
