"""Three hosts from one version to the next while tasks flow, with what may go wrong on the way."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from registry.reach import reach
from tests.built_images import run
from tests.conftest import unavailable
from tests.lab.host import LabHost
from tests.lab.rolling import BROKEN, NAMES, NEW, OLD, Lab, rolling_lab
from tests.services import ServiceMissing, wait_until

SHORT = ("--within", "20s", "--patience", "60s")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(720)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with contextlib.ExitStack() as opened:
        folder = tmp_path_factory.mktemp("rollout")
        try:
            found = opened.enter_context(rolling_lab(folder, dict.fromkeys(NAMES, "dev")))
        except ServiceMissing as error:
            unavailable(error)
        yield found


def test_a_new_version_goes_around_while_five_hundred_tasks_flow(lab: Lab) -> None:
    ids = lab.submit(500)
    said = lab.rollout("start", "executor", NEW, *SHORT)
    assert "fenrir: probe done" in said
    lab.all_serve(NEW)
    assert set(lab.states().values()) == {"done"}
    lab.check_all_done(ids)
    again = {len(rows) for rows in lab.fleet.records.attempts().values()}
    assert again <= {1, 2}
    for host in lab.hosts.values():
        listed = host.run("podman", "images", "--quiet", "--no-trunc").stdout.split()
        assert len(set(listed)) == 2  # this one, and the one before


def test_a_broken_version_is_put_back_by_itself(lab: Lab) -> None:
    ids = lab.submit(100)
    said = lab.rollout("start", "executor", BROKEN, *SHORT, expect=1)
    assert "it runs again what it ran before" in said
    assert lab.states() == {"fenrir": "restored", "huginn": "pulled", "muninn": "pulled"}
    lab.all_serve(NEW)
    lab.check_all_done(ids)


def test_a_driver_that_is_killed_is_followed_by_another(lab: Lab) -> None:
    ids = lab.submit(150)
    with _begun(lab, "rollout", "start", "executor", OLD, *SHORT) as driver:
        wait_until(lambda: lab.states().get("fenrir") == "switching", "the switch", 120)
        os.killpg(driver.pid, signal.SIGKILL)
    refused = lab.rollout("resume", expect=2)
    assert "is driven by" in refused
    wait_until(lambda: _is_free(lab), "the driver's time to be over", 60)
    lab.rollout("resume")
    lab.all_serve(OLD)
    lab.check_all_done(ids)


def test_a_host_is_unplugged_in_its_turn_and_comes_back(lab: Lab) -> None:
    ids = lab.submit(6, seconds=25)
    lab.fleet.wait(lambda: len(_on(lab, "fenrir")) == 2, "tasks on fenrir", 30)
    moved = _on(lab, "fenrir")
    with _begun(lab, "rollout", "start", "executor", NEW, *SHORT) as driver:
        wait_until(lambda: lab.states().get("fenrir") == "draining", "its turn", 120)
        _plug(lab.hosts["fenrir"], "down")
        assert driver.wait(300) == 1
    assert lab.states()["fenrir"] == "unreachable"
    assert lab.status()["state"] == "paused"
    lab.fleet.wait(lambda: all(_moved(lab, one) for one in moved), "their next attempts", 120)
    _plug(lab.hosts["fenrir"], "up")
    wait_until(lab.hosts["fenrir"].answers, "it to be back", 60)
    lab.rollout("resume")
    lab.all_serve(NEW)
    lab.check_all_done(ids)


def test_it_is_taken_back(lab: Lab) -> None:
    lab.rollout("rollback", "--yes")
    lab.all_serve(OLD)
    assert "takes" in lab.rollout("status")


def test_what_nobody_has_signed_touches_no_machine(lab: Lab) -> None:
    with reach(lab.served.settings) as registry:
        manifest = json.loads(registry.manifest(lab.named(NEW)).raw)
        manifest["annotations"] = {"org.example.tampered": "yes"}
        registry.put_manifest(lab.named("0.9.9"), json.dumps(manifest).encode())
    said = lab.rollout("start", "executor", "0.9.9", *SHORT, expect=5)
    assert "0.9.9" in said
    lab.all_serve(OLD)


def test_without_the_registry_machines_go_on_and_begin_anew(lab: Lab) -> None:
    lab.registry.terminate()
    lab.registry.wait(20)
    host = lab.hosts["muninn"]
    host.run("systemctl", "restart", "ygg-executor")
    lab.fleet.wait(lambda: set(lab.digests()) == set(NAMES), "all to serve", 60)
    said = lab.rollout("start", "executor", NEW, *SHORT, expect=4)
    assert lab.served.address in said
    lab.check_all_done(lab.submit(20))


@contextlib.contextmanager
def _begun(lab: Lab, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """In a session of its own, with all that it starts."""
    operator = lab.operator
    kept = {name: one for name, one in os.environ.items() if not name.startswith("YGG_")}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "ygg.cli", *words],
        env=kept | {"HOME": str(operator.home)} | dict(operator.variables),
        cwd=operator.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _is_free(lab: Lab) -> bool:
    found = lab.status()
    until = found["driver_until"]
    return until is None or float(str(until)) < time.time()


def _on(lab: Lab, executor: str) -> set[str]:
    return lab.fleet.running_on(executor)


def _moved(lab: Lab, task_id: str) -> bool:
    rows = lab.fleet.records.attempts()[task_id]
    return len(rows) > 1 and rows[-1]["executor"] != "fenrir"


def _plug(host: LabHost, way: str) -> None:
    run("ip", "link", "set", f"vb-{host.name}", way)
