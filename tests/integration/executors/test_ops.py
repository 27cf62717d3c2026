"""ops- labels, on this machine and over SSH behind the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from executors.handlers.ops import disk
from executors.machines.hosts import OpsSettings, outside_container
from tests.integration.executors.harness import ExecutorProcess, running_executor
from tests.integration.executors.machines import (
    SECONDS,
    Machine,
    ask,
    offered,
    running_machine,
    tell,
    variables_of,
)
from tests.services import free_port, wait_until
from ygg.labels import PROBE
from ygg.task import Ending, Outcome

COMMANDS = {
    "say": ["echo", "{what:word}", "[--times={number}]"],
    "fail": ["ls", "/no/such/folder"],
}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running_machine(tmp_path_factory.mktemp("machine")) as found:
        yield found


@pytest.fixture(scope="module")
def executor(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    folder = tmp_path_factory.mktemp("executor")
    (folder / "empty").touch()
    machines = {
        "huginn": machine.login(),
        "muninn": machine.login(port=free_port()),
        "impostor": machine.login(known_hosts_file=str(folder / "empty")),
    }
    sections = {
        "ops": {"machines": machines, "local": True, "services": ["nginx", "backup.timer"]},
        "ops_shell": {"machines": machines, "local": True, "commands": COMMANDS},
    }
    with running_executor(folder, **variables_of(sections)) as found:
        yield found


@pytest.fixture(autouse=True)
def gate_as_installed(machine: Machine) -> None:
    machine.allow()


def data(outcome: Outcome) -> Any:
    assert outcome.ending is Ending.OK, outcome
    return outcome.result


@pytest.mark.parametrize("name", ["", "huginn"])
def test_ping(executor: ExecutorProcess, name: str) -> None:
    found = data(ask(executor, "ops-ping", machine=name))
    assert found["machine"] == (name or "this machine")
    assert 0 <= found["command_ms"] < 10_000


@pytest.mark.parametrize("name", ["", "huginn"])
def test_facts(executor: ExecutorProcess, name: str) -> None:
    found = data(ask(executor, "ops-facts", machine=name))
    assert found["kernel"].startswith("Linux ")
    assert found["processor"]["count"] >= 1
    assert found["memory"]["total_bytes"] > 0
    assert found["uptime_seconds"] > 0
    assert len(found["load"]) == 3
    assert len(found["boot_id"]) == 36
    assert found["os"]


def test_a_machine_that_is_off(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-ping", machine="muninn")
    assert outcome.ending is Ending.ERROR
    assert "refuses the connection" in outcome.reason


def test_a_machine_whose_key_is_not_known(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-ping", machine="impostor")
    assert "the host key of" in outcome.reason
    assert "ssh-keyscan" in outcome.hint


def test_a_machine_that_nobody_named(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-ping", machine="hel")
    assert outcome.reason == "hel is not a machine of this executor"
    assert "huginn, impostor, muninn" in outcome.hint


@pytest.mark.parametrize("name", ["", "huginn"])
def test_a_disk_with_room(executor: ExecutorProcess, name: str) -> None:
    outcome = ask(executor, "ops-disk", machine=name, warn_percent=100, fail_percent=100)
    assert {"/"} <= {disk["mount"] for disk in data(outcome)["disks"]}
    assert outcome.warnings == ()


def test_a_disk_that_runs_full_is_a_warning_and_then_a_failure(executor: ExecutorProcess) -> None:
    warned = ask(executor, "ops-disk", warn_percent=1, fail_percent=100)
    assert warned.ending is Ending.OK
    assert any("this machine: / is" in text and "% full" in text for text in warned.warnings)
    failed = ask(executor, "ops-disk", fail_percent=1)
    assert failed.ending is Ending.ERROR
    assert "% full" in failed.reason
    assert failed.result["disks"]  # type: ignore[call-overload,index]


def test_a_mount_has_its_own_limits_and_must_be_there(executor: ExecutorProcess) -> None:
    own = {"/": {"warn_percent": 100, "fail_percent": 100}}
    calm = ask(executor, "ops-disk", warn_percent=1, fail_percent=1, mounts=own, only=True)
    assert (calm.ending, calm.warnings) == (Ending.OK, ())
    absent = ask(executor, "ops-disk", mounts={"/no/such": {}}, only=True)
    assert "nothing is mounted at /no/such" in absent.reason or "tells no disks" in absent.reason


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"only": True}, "only what is mounted where?"),
        (
            {"warn_percent": 90, "fail_percent": 80},
            "a disk fails at 80 % and would warn only later, at 90 %",
        ),
        (
            {"mounts": {"/": {"warn_percent": 96}}},
            "/ fails at 95 % and would warn only later, at 96 %",
        ),
    ],
)
def test_a_disk_s_limits_make_sense(
    executor: ExecutorProcess, params: dict[str, object], reason: str
) -> None:
    outcome = ask(executor, "ops-disk", **params)
    assert outcome.reason == reason
    assert outcome.hint


def test_only_without_mounts_is_refused_at_submit() -> None:
    schema = jsonschema_rs.validator_for(disk.offer.params_schema)
    assert not schema.is_valid({"only": True})
    assert not schema.is_valid({"only": True, "mounts": {}})
    assert schema.is_valid({"only": True, "mounts": {"/": {}}})
    assert schema.is_valid({"only": False})


def test_only_units_of_the_settings_are_changed(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-service", unit="sshd", action="stop")
    assert outcome.reason == "sshd.service is not among the services that tasks may stop"
    assert "[handlers.ops]" in outcome.hint


def test_the_gate_has_the_last_word(executor: ExecutorProcess, machine: Machine) -> None:
    outcome = ask(executor, "ops-service", unit="nginx", action="stop", machine="huginn")
    assert "the gate of huginn: refused: nginx.service is not among" in outcome.reason
    assert outcome.hint == "allow it there, in /etc/yggdrasil/ops-gate.json"
    assert "nginx.service" in machine.noted.read_text()


def test_a_service_is_started_as_its_host_does_it(
    executor: ExecutorProcess, machine: Machine, tmp_path: Path
) -> None:
    show = tmp_path / "show"
    show.write_text("Id=nginx.service\nLoadState=loaded\nActiveState=active\nResult=success\n")
    machine.allow(
        units=["nginx.service"],
        instead={
            "service-start": ["touch", f"{tmp_path}/started-{{unit}}"],
            "service-status": ["cat", str(show)],
        },
    )
    outcome = ask(executor, "ops-service", unit="nginx", action="start", machine="huginn")
    assert data(outcome)["active"] == "active"
    assert (tmp_path / "started-nginx.service").exists()
    show.write_text("Id=nginx.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code\n")
    failed = ask(executor, "ops-service", unit="nginx", action="start", machine="huginn")
    assert failed.reason == "nginx.service on huginn is failed (, exit-code)"
    looked = ask(executor, "ops-service", unit="nginx", machine="huginn")
    assert looked.ending is Ending.OK
    assert looked.warnings == (failed.reason,)


def test_a_journal_is_kept_whole_and_shown_in_part(
    executor: ExecutorProcess, machine: Machine, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    journal.write_text("-- Boot --\n" + "".join(f"line {number}\n" for number in range(20_000)))
    machine.allow(journal=["nginx.service"], instead={"journal": ["cat", str(journal)]})
    outcome = ask(executor, "ops-logs", unit="nginx", machine="huginn", since="2h", lines=10_000)
    found = data(outcome)
    assert found["lines"] == 20_000
    assert found["text"].endswith("line 19999\n")
    assert len(found["text"]) <= 64 * 1024
    assert [one.path for one in outcome.artifacts] == ["journal.txt"]
    refused = ask(executor, "ops-logs", machine="huginn")
    assert "the journal of the whole machine may not be read here" in refused.reason


def test_a_machine_without_a_journal_has_not_an_empty_one(
    executor: ExecutorProcess, machine: Machine
) -> None:
    says = "echo '-- No entries --'; echo No journal files were found. >&2"
    machine.allow(journal=["*"], instead={"journal": ["sh", "-c", says]})
    outcome = ask(executor, "ops-logs", machine="huginn")
    assert outcome.reason == "huginn has no journal to read: No journal files were found."
    assert "systemd-journal" in outcome.hint


def test_the_journal_of_a_unit_that_is_not_there_is_empty_with_a_warning(
    executor: ExecutorProcess, machine: Machine
) -> None:
    shown = "Id=ngins.service\nLoadState=not-found"
    instead = {"journal": ["echo", "-- No entries --"], "service-status": ["echo", shown]}
    machine.allow(journal=["*"], instead=instead)
    outcome = ask(executor, "ops-logs", machine="huginn", unit="ngins")
    assert data(outcome)["lines"] == 0
    assert outcome.warnings == ("huginn has no unit ngins.service",)


@pytest.mark.parametrize("action", ["status", "restart"])
def test_a_machine_that_systemd_did_not_start_is_not_down(
    executor: ExecutorProcess, machine: Machine, action: str
) -> None:
    says = (
        "echo System has not been booted with systemd as init system. >&2; "
        "echo Failed to connect to bus: Host is down >&2; exit 1"
    )
    instead = {f"service-{one}": ["sh", "-c", says] for one in ("status", "restart")}
    machine.allow(units=["nginx.service"], instead=instead)
    outcome = ask(executor, "ops-service", machine="huginn", unit="nginx", action=action)
    assert outcome.reason == "huginn was not started by systemd"
    assert "ops-logs" not in outcome.hint


def test_a_cancelled_task_does_not_wait_for_its_machine(
    executor: ExecutorProcess, machine: Machine, tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    endless = ["sh", "-c", f"touch {asked}; exec tail -f /dev/null"]
    machine.allow(instead={"ping": endless})
    envelope = tell(executor, "ops-ping", machine="huginn")
    wait_until(asked.exists, "the machine to be asked", SECONDS)
    executor.cancel(envelope)
    assert executor.outcome(envelope, SECONDS).ending is Ending.CANCELLED


def test_named_commands(executor: ExecutorProcess, machine: Machine) -> None:
    envelope = tell(executor, "ops-shell", command="say", values={"what": "hello"})
    assert data(executor.outcome(envelope, SECONDS))["stdout"] == "hello\n"
    said = [executor.text(envelope, stream) for stream in ("stdout", "ygg")]
    assert said == ["hello\n", ""], "else whoever waits would be shown it twice"
    machine.allow(commands=COMMANDS)
    values = {"what": "a", "number": "3"}
    far = ask(executor, "ops-shell", command="say", values=values, machine="huginn")
    assert data(far)["stdout"] == "a --times=3\n"
    failed = ask(executor, "ops-shell", command="fail", machine="huginn")
    assert failed.reason.startswith("fail on huginn: ")
    assert "/no/such/folder" in failed.reason


@pytest.mark.parametrize("what", ["; id", "$(id)", "-n", "a b", "../x", "", "a\nb"])
def test_a_value_is_no_way_around(executor: ExecutorProcess, what: str) -> None:
    outcome = ask(executor, "ops-shell", command="say", values={"what": what})
    assert outcome.ending is Ending.ERROR
    assert "is no word" in outcome.reason


def test_a_command_that_nobody_allowed(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "ops-shell", command="rm")
    assert outcome.reason == "rm is not among the commands of this executor"
    assert outcome.hint == "it allows fail, say"
    missing = ask(executor, "ops-shell", command="say")
    assert missing.reason == "say: what is missing"


def test_only_what_a_machine_is_set_up_for_is_offered(
    executor: ExecutorProcess, tmp_path: Path
) -> None:
    always = {"ops-ping", "ops-facts", "ops-disk", "ops-service", "ops-logs"}
    here = {label for label in offered(executor) if label.startswith(("ops-", "power-"))}
    assert here == always | {"ops-shell"}
    with running_executor(tmp_path, YGG_EXECUTOR__HANDLERS='["ops-", "power-"]') as plain:
        assert offered(plain) - {PROBE} == (always if outside_container() else set())


def test_the_machine_that_is_meant() -> None:
    one, two = {"a": {"address": "a"}}, {"a": {"address": "a"}, "b": {"address": "b"}}
    assert OpsSettings.model_validate({"local": True, "machines": two}).choose("") == ""
    assert OpsSettings.model_validate({"local": False, "machines": one}).choose("") == "a"
    default = {"local": False, "machines": two, "default_machine": "b"}
    assert OpsSettings.model_validate(default).choose("") == "b"
    with pytest.raises(Exception, match="which machine"):
        OpsSettings.model_validate({"local": False, "machines": two}).choose("")
    with pytest.raises(ValueError, match="name machines"):
        OpsSettings.model_validate({"local": False})
