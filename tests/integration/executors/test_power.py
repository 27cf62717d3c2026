"""power- labels: a machine whose switches the gate points elsewhere, and packets on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from executors.handlers.power import off, reboot, status, suspend, wake
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
from tests.services import wait_until
from ygg.adapters.wake import magic_packet
from ygg.task import Ending, Outcome

MAC = "02:00:00:00:00:07"
PASSWORD = "de:ad:be:ef:00:01"


@pytest.fixture(scope="module")
def shared_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running_machine(tmp_path_factory.mktemp("machine")) as found:
        yield found


@pytest.fixture(autouse=True)
def machine(shared_machine: Machine) -> Machine:
    """On, known, and with nothing allowed."""
    shared_machine.allow()
    shared_machine.noted.unlink(missing_ok=True)
    shared_machine.server.trust_host()
    if not shared_machine.server.is_running:
        shared_machine.server.start()
    return shared_machine


@pytest.fixture(scope="module")
def card() -> Iterator[socket.socket]:
    """The network card of a sleeping machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.settimeout(SECONDS)
        yield found


@pytest.fixture(scope="module")
def executor(
    shared_machine: Machine, card: socket.socket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ExecutorProcess]:
    folder = tmp_path_factory.mktemp("executor")
    (folder / "password").write_text(PASSWORD + "\n")
    switch = {"mac": MAC, "broadcast": ["127.0.0.1"], "wake_port": card.getsockname()[1]}
    machines = {
        "fenrir": shared_machine.login(**switch, secure_on="fenrir-wake"),
        "plain": shared_machine.login(**switch),
        "no-card": shared_machine.login(),
    }
    secret = {
        "YGG_SECRETS__FENRIR-WAKE__FILE": str(folder / "password"),
        "YGG_SECRETS__FENRIR-WAKE__LABELS": '["power-wake"]',
    }
    variables = variables_of({"power": {"machines": machines}}) | secret
    with running_executor(folder, **variables) as found:
        yield found


def drain(card: socket.socket) -> None:
    """Forget what has come so far."""
    card.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            card.recv(2000)
    card.settimeout(SECONDS)


def data(outcome: Outcome) -> Any:
    assert outcome.ending is Ending.OK, outcome
    return outcome.result


def test_what_switches_a_machine_asks_first_and_never_begins_twice() -> None:
    for one in (off, reboot, suspend):
        assert (one.offer.approval, one.offer.retry.max_attempts) == ("before", 1)
    for one in (status, wake):
        assert one.offer.approval == "none"


def test_status_of_a_machine(executor: ExecutorProcess, machine: Machine) -> None:
    assert "power-off" in offered(executor)
    on = data(ask(executor, "power-status", machine="fenrir"))
    assert on["on"] is True
    assert on["uptime_seconds"] > 0
    machine.server.kill()
    gone = data(ask(executor, "power-status", machine="fenrir"))
    assert gone["on"] is False
    assert "refuses the connection" in gone["reason"]
    unknown = ask(executor, "power-status", machine="hel")
    assert unknown.reason == "hel is not a machine that this executor may switch"


def test_a_reboot_waits_for_another_boot(
    executor: ExecutorProcess, machine: Machine, tmp_path: Path
) -> None:
    boot = tmp_path / "boot"
    boot.write_text("the first\n")
    machine.allow(
        power=["reboot"],
        instead={
            "boot": ["cat", str(boot)],
            "power-reboot": ["sh", "-c", f"echo the second > {boot}"],
        },
    )
    found = data(ask(executor, "power-reboot", machine="fenrir"))
    assert (found["was"], found["boot_id"]) == ("the first", "the second")
    assert "power-reboot" in machine.noted.read_text()


def test_a_machine_that_does_not_restart(executor: ExecutorProcess, machine: Machine) -> None:
    machine.allow(power=["reboot"], instead={"power-reboot": ["true"]})
    outcome = ask(executor, "power-reboot", machine="fenrir", wait_seconds=1)
    assert outcome.reason == "fenrir did not restart within 1 s"


@pytest.mark.parametrize("label", ["power-off", "power-suspend"])
def test_to_be_cut_off_is_how_it_succeeds(
    executor: ExecutorProcess, machine: Machine, tmp_path: Path, label: str
) -> None:
    asked = tmp_path / "asked"
    fall = ["sh", "-c", f"touch {asked}; exec tail -f /dev/null"]
    machine.allow(power=["off", "suspend"], instead={label: fall})
    envelope = tell(executor, label, machine="fenrir")
    wait_until(asked.exists, "the machine to be told", SECONDS)
    machine.server.kill()
    assert data(executor.outcome(envelope, SECONDS)) == {"machine": "fenrir", "on": False}


def test_a_machine_that_stays_on(executor: ExecutorProcess, machine: Machine) -> None:
    machine.allow(power=["off"], instead={"power-off": ["true"]})
    outcome = ask(executor, "power-off", machine="fenrir", wait_seconds=1)
    assert outcome.reason == "fenrir still answers after 1 s"
    failed = ["sh", "-c", "echo Access denied >&2; exit 1"]
    machine.allow(power=["off"], instead={"power-off": failed})
    outcome = ask(executor, "power-off", machine="fenrir")
    assert outcome.reason == "fenrir does not do power-off: Access denied"


def test_the_gate_keeps_a_machine_on(executor: ExecutorProcess) -> None:
    outcome = ask(executor, "power-off", machine="fenrir")
    assert outcome.reason == "the gate of fenrir: refused: power-off is not allowed here"


def test_a_wake_waits_until_the_machine_is_there(
    executor: ExecutorProcess, machine: Machine, card: socket.socket
) -> None:
    machine.server.kill()
    drain(card)
    envelope = tell(executor, "power-wake", machine="fenrir")
    assert card.recv(2000) == magic_packet(MAC, PASSWORD)
    machine.server.start()
    assert data(executor.outcome(envelope, SECONDS))["on"] is True
    assert PASSWORD not in executor.log.read_text()


def test_a_machine_that_does_not_wake(
    executor: ExecutorProcess, machine: Machine, card: socket.socket
) -> None:
    machine.server.kill()
    drain(card)
    outcome = ask(executor, "power-wake", machine="plain", wait_seconds=1)
    assert outcome.reason.startswith("plain did not come within 1 s: ")
    assert card.recv(2000) == magic_packet(MAC)
    sent = data(ask(executor, "power-wake", machine="plain", wait_seconds=0))
    assert sent == {"machine": "plain", "on": None}
    nameless = ask(executor, "power-wake", machine="no-card")
    assert nameless.reason == "the MAC address of no-card is not known"


def test_another_machine_in_its_place_is_not_waited_for(
    executor: ExecutorProcess, machine: Machine
) -> None:
    machine.server.change_host_key()
    outcome = ask(executor, "power-wake", machine="plain")
    assert "has changed" in outcome.reason
