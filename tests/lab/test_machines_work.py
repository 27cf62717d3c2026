"""ops- and power- on a real host, set up as docs/machines-work.md says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.executors.harness import ExecutorProcess, running_executor
from tests.integration.executors.machines import ask, variables_of
from tests.lab.host import LabHost, make_key, public_key
from tests.services import wait_until
from ygg.adapters import gate
from ygg.task import Ending, Outcome

pytestmark = pytest.mark.timeout(300)

DOCS = Path(__file__).parents[2] / "docs" / "machines-work.md"
NGINX = """[Unit]
Description=Not really nginx
[Service]
ExecStart=/bin/sh -c 'echo ready to serve; exec sleep infinity'
"""


@pytest.fixture(scope="module")
def key_file(huginn: LabHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executor's, let in as the documentation says."""
    found = tmp_path_factory.mktemp("key") / "ops_key"
    make_key(found)
    huginn.write("usr/local/bin/ygg-ops-gate", Path(gate.__file__).read_text())
    huginn.write("etc/systemd/system/nginx.service", NGINX)
    huginn.run("sh", "-c", "'cat >/tmp/ops_key.pub'", stdin=public_key(found) + "\n")
    block = re.search(r"<!-- on the machine -->\n```sh\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert block
    huginn.run("sh", "-eu", stdin=block[1])
    huginn.run("systemctl", "daemon-reload")
    return found


@pytest.fixture(scope="module")
def executor(
    huginn: LabHost, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    login = {
        "address": huginn.address,
        "user": "ygg-ops",
        "key_file": str(key_file),
        "known_hosts_file": str(huginn.known_hosts),
        "connect_seconds": 2,
    }
    machines = {"machines": {"huginn": login}}
    sections = {"ops": {**machines, "services": ["nginx", "ssh"]}, "power": machines}
    folder = tmp_path_factory.mktemp("executor")
    with running_executor(folder, **variables_of(sections)) as found:
        yield found


def on_huginn(executor: ExecutorProcess, label: str, **params: object) -> Outcome:
    return ask(executor, label, machine="huginn", **params)


def data(outcome: Outcome) -> Any:
    assert outcome.ending is Ending.OK, outcome
    return outcome.result


def test_facts_of_a_host(executor: ExecutorProcess, huginn: LabHost) -> None:
    found = data(on_huginn(executor, "ops-facts"))
    assert found["hostname"] == "huginn"
    assert found["os"].startswith("Debian GNU/Linux 13")
    assert found["systemd"] == "running"
    assert found["podman"] is None
    assert [disk["mount"] for disk in found["disks"]] == ["/"]
    assert data(on_huginn(executor, "ops-ping"))["login_ms"] > 0


def test_a_service_is_started_looked_at_and_stopped(executor: ExecutorProcess) -> None:
    assert data(on_huginn(executor, "ops-service", unit="nginx"))["active"] == "inactive"
    started = data(on_huginn(executor, "ops-service", unit="nginx", action="start"))
    assert (started["active"], started["sub"], started["restarts"]) == ("active", "running", 0)
    assert started["active_since"] > 1_700_000_000
    again = data(on_huginn(executor, "ops-service", unit="nginx", action="restart"))
    assert again["main_pid"] != started["main_pid"]
    stopped = data(on_huginn(executor, "ops-service", unit="nginx.service", action="stop"))
    assert stopped["active"] == "inactive"


def test_what_is_not_there_or_not_allowed(executor: ExecutorProcess) -> None:
    nothing = on_huginn(executor, "ops-service", unit="no-such-thing")
    assert nothing.reason == "huginn has no unit no-such-thing.service"
    refused = on_huginn(executor, "ops-service", unit="ssh", action="restart")
    assert refused.reason.startswith("the gate of huginn: refused: ssh.service is not among")
    kept_on = on_huginn(executor, "power-suspend")
    assert kept_on.reason == "the gate of huginn: refused: power-suspend is not allowed here"


def test_a_service_that_fails(executor: ExecutorProcess, huginn: LabHost) -> None:
    huginn.write(
        "etc/systemd/system/nginx.service.d/broken.conf",
        "[Service]\nType=oneshot\nExecStart=\nExecStart=/bin/false\n",
    )
    huginn.run("systemctl", "daemon-reload")
    failed = on_huginn(executor, "ops-service", unit="nginx", action="start")
    assert failed.reason.startswith("huginn cannot start nginx.service: ")
    looked = on_huginn(executor, "ops-service", unit="nginx")
    assert looked.warnings == ("nginx.service on huginn is failed (failed, exit-code)",)
    huginn.run("rm", "/etc/systemd/system/nginx.service.d/broken.conf")
    huginn.run("systemctl", "daemon-reload")
    huginn.run("systemctl", "reset-failed")


def test_the_journal(executor: ExecutorProcess, huginn: LabHost) -> None:
    data(on_huginn(executor, "ops-service", unit="nginx", action="start"))
    found = data(on_huginn(executor, "ops-logs", unit="nginx", since="1h", lines=100))
    assert "ready to serve" in found["text"]
    some = data(on_huginn(executor, "ops-logs", unit="nginx", grep="ready TO", lines=1))
    assert (some["lines"], some["text"].count("\n")) == (0, 0)  # capitals are told apart
    one = data(on_huginn(executor, "ops-logs", unit="nginx", grep="ready to", lines=1))
    assert one["lines"] == 1
    old = data(on_huginn(executor, "ops-logs", unit="nginx", since="2098-01-01T00:00:00Z"))
    assert old["text"] == ""
    whole = data(on_huginn(executor, "ops-logs", priority="info", lines=500))
    assert whole["lines"] > 10


def test_the_account_has_no_other_way_in(huginn: LabHost, key_file: Path) -> None:
    as_ops = ["-i", str(key_file), "-o", f"UserKnownHostsFile={huginn.known_hosts}"]
    for words in (["id"], ["sh", "-i"], ["true;", "id"]):
        ended = huginn.ssh([*as_ops, "-o", "BatchMode=yes", f"ygg-ops@{huginn.address}"], words)
        assert (ended.returncode, ended.stdout) == (gate.REFUSED, "")
    sudo = huginn.run("su", "ygg-ops", "-c", "'sudo -n systemctl stop ssh'", check=False)
    assert sudo.returncode != 0


def test_a_reboot(executor: ExecutorProcess, huginn: LabHost) -> None:
    before = huginn.boot_id()
    found = data(on_huginn(executor, "power-reboot", wait_seconds=120))
    assert found["was"] == before
    assert found["boot_id"] == huginn.boot_id() != before


def test_it_goes_off(executor: ExecutorProcess, huginn: LabHost) -> None:
    assert data(on_huginn(executor, "power-status"))["on"] is True
    assert data(on_huginn(executor, "power-off", wait_seconds=120))["on"] is False
    wait_until(lambda: not huginn.is_running, "huginn to be off", 30)
    assert data(on_huginn(executor, "power-status"))["on"] is False
