"""`ygg up` and `ygg down`: a whole fleet, its parts killed under it, and nothing left behind."""

import json
import os
import signal
import socket
import stat
import subprocess

import pytest

from tests.embedded import EmbeddedFleet, eventually, exists

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def fleet(tmp_path):
    found = EmbeddedFleet(tmp_path / "data")
    found.data_dir.mkdir(mode=0o700)
    yield found
    found.run("down", "--now")


def up(fleet, *arguments):
    done = fleet.run("up", "--detach", "--no-flower", *arguments)
    assert done.returncode == 0, done.stderr
    return done


def test_up_works_when_it_returns_and_down_leaves_nothing(fleet):
    assert "Yggdrasil is up" in up(fleet).stdout
    pids = [part["pid"] for part in fleet.state["parts"].values()]
    done = fleet.run("submit", "--label", "dev-echo", "--param", "text=hi", "--wait")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"text": "hi"})

    again = fleet.run("up", "--detach", "--no-flower")
    assert again.returncode == 0
    assert "already runs here" in again.stderr

    assert fleet.run("down").returncode == 0
    assert fleet.state == {}
    assert not any(exists(pid) for pid in pids)
    assert fleet.run("down").returncode == 0


def test_secrets_are_for_their_owner_and_on_no_command_line(fleet):
    up(fleet)
    password = (fleet.data_dir / "valkey/password").read_text().strip()
    for name in ("embedded.json", "admin.token", "valkey/password", "valkey/valkey.conf", "up.log"):
        assert stat.S_IMODE((fleet.data_dir / name).stat().st_mode) == 0o600, name
    for part in fleet.state["parts"].values():
        with open(f"/proc/{part['pid']}/cmdline", "rb") as command:  # noqa: PTH123
            assert password.encode() not in command.read()
    assert password not in (fleet.data_dir / "up.log").read_text()


def test_a_part_that_is_killed_comes_back_and_its_tasks_with_it(fleet):
    up(fleet)
    following = fleet.start(
        *("submit", "--label", "dev-run", "--wait", "--param"),
        'command=["sh", "-c", "echo begun; sleep 3; echo done"]',
    )
    assert following.stdout
    assert following.stdout.readline() == "begun\n"
    before = fleet.pid("coordinator")
    os.kill(before, signal.SIGKILL)
    output, said = following.communicate(timeout=90)
    assert following.returncode == 0, said
    assert output.startswith("done\n")
    assert "trying again" in said
    assert fleet.pid("coordinator") not in (None, before)
    assert (
        "coordinator ended (SIGKILL); starting it again" in (fleet.data_dir / "up.log").read_text()
    )
    checks = {check["name"]: check for check in fleet.json("doctor")}
    assert checks["coordinator"]["verdict"] == "ok"


def test_a_broker_that_is_killed_comes_back_with_its_data_and_port(fleet):
    up(fleet)
    before, url = fleet.pid("valkey"), fleet.state["redis_url"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: fleet.pid("valkey") not in (None, before))
    assert fleet.state["redis_url"] == url
    assert fleet.run("submit", "--label", "dev-echo", "--wait").returncode == 0


def test_parts_go_with_a_supervisor_that_is_killed_and_up_starts_anew(fleet):
    up(fleet)
    task = fleet.submit("dev-echo", text="kept")
    state = fleet.state
    os.kill(state["pid"], signal.SIGKILL)
    pids = [part["pid"] for part in state["parts"].values()]
    eventually(lambda: not any(exists(pid) for pid in pids), seconds=60)
    up(fleet)
    assert fleet.state["redis_url"] == state["redis_url"]
    assert fleet.json("wait", task)[0]["result"] == {"text": "kept"}


def test_in_the_foreground_ctrl_c_stops_all_of_it(fleet):
    process = fleet.start("up", "--no-flower", start_new_session=True)
    assert process.stdout
    for line in process.stdout:
        if "Yggdrasil is up" in line:
            break
    pids = [part["pid"] for part in fleet.state["parts"].values()]
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not any(exists(pid) for pid in pids)


def test_a_port_that_was_asked_for_and_is_taken_is_refused(fleet):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = fleet.run("up", "--detach", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "field: --port" in done.stderr
    assert fleet.state == {}


def test_when_the_default_port_is_taken_a_free_one_is_taken_and_said(fleet):
    try:
        taken = socket.create_server(("127.0.0.1", 7420))
    except OSError:  # somebody has it already: as good
        taken = None
    done = up(fleet)
    if taken:
        taken.close()
    assert "port 7420 is taken by another program" in done.stderr
    assert not fleet.state["url"].endswith(":7420")
    assert fleet.run("submit", "--label", "dev-echo", "--wait").returncode == 0


def test_a_fleet_that_cannot_come_up_says_which_part_and_leaves_nothing(fleet):
    (fleet.data_dir / "ledger.db").write_text("this is no database, and not a short one" * 100)
    done = fleet.run("up", "--detach", "--no-flower")
    assert done.returncode == 4
    assert "coordinator" in done.stderr
    assert "coordinator.log" in done.stderr
    assert fleet.state == {}


def test_a_broker_named_in_the_settings_is_used(fleet, broker):
    fleet.environment["YGG_REDIS_URL"] = broker.url
    up(fleet)
    assert set(fleet.state["parts"]) == {"coordinator", "executor"}
    assert fleet.run("submit", "--label", "dev-echo", "--wait").returncode == 0


def test_two_ups_at_once_make_one_fleet(fleet):
    both = [fleet.start("up", "--detach", "--no-flower") for _ in range(2)]
    for process in both:
        process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]
    done = subprocess.run(
        ("grep", "-c", "started coordinator", fleet.data_dir / "up.log"), capture_output=True
    )
    assert done.stdout.strip() == b"1"
