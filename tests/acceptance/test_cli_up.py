"""`ygg up` and `ygg down`: a whole fleet, its parts killed under it, and nothing left behind."""

import json
import os
import signal
import socket
import stat
from pathlib import Path

import pytest

from tests.embedded import EmbeddedFleet, eventually, exists
from tests.services import free_port

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A fleet, started twice at once."""
    found = EmbeddedFleet(tmp_path_factory.mktemp("fleet"))
    both = [found.start("up", "--detach", "--no-flower") for _ in range(2)]
    talk = [process.communicate(timeout=120)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], talk
    assert sorted("already runs here" in said for said in talk) == [False, True], talk
    yield found
    found.run("down", "--now")


def up(fleet, *arguments):
    done = fleet.run("up", "--detach", "--no-flower", *arguments)
    assert done.returncode == 0, done.stderr
    return done


def pids_of(fleet):
    return [part["pid"] for part in fleet.state["parts"].values()]


def echo(fleet, text):
    """What comes back from a task that says this text."""
    done = fleet.run("submit", "--label", "dev-echo", "--param", f"text={text}", "--wait")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["text"]


def test_up_twice_makes_one_fleet_that_works(fleet):
    assert (fleet.data_dir / "up.log").read_text().count("started coordinator") == 1
    assert echo(fleet, "hi") == "hi"
    assert "already runs here" in up(fleet).stderr


def test_secrets_are_for_their_owner_and_on_no_command_line(fleet):
    password = (fleet.data_dir / "valkey/password").read_text().strip()
    for name in ("embedded.json", "admin.token", "valkey/password", "valkey/valkey.conf", "up.log"):
        assert stat.S_IMODE((fleet.data_dir / name).stat().st_mode) == 0o600, name
    for pid in pids_of(fleet):
        assert password.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    assert password not in (fleet.data_dir / "up.log").read_text()


def test_a_coordinator_that_is_killed_comes_back_under_a_task_that_is_followed(fleet):
    go_on = fleet.shared / "go-on"
    script = f"echo begun; while [ ! -e {go_on} ]; do sleep 0.1; done; echo done"
    command = f"command={json.dumps(['sh', '-c', script])}"
    with fleet.start("submit", "--label", "dev-run", "--wait", "--param", command) as following:
        assert following.stdout.readline() == "begun\n"
        before = fleet.pid("coordinator")
        os.kill(before, signal.SIGKILL)
        eventually(lambda: fleet.pid("coordinator") not in (None, before))
        go_on.touch()
        output, said = following.communicate(timeout=90)
    assert following.returncode == 0, said
    assert output.startswith("done\n")
    assert "trying again" in said
    talk = (fleet.data_dir / "up.log").read_text()
    assert "coordinator ended (SIGKILL); starting it again" in talk
    assert {check["name"]: check["verdict"] for check in fleet.json("doctor")}[
        "coordinator"
    ] == "ok"


def test_a_broker_that_is_killed_comes_back_at_its_port(fleet):
    before, url = fleet.pid("valkey"), fleet.state["redis_url"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: fleet.pid("valkey") not in (None, before))
    assert fleet.state["redis_url"] == url
    assert echo(fleet, "still here") == "still here"


def test_parts_go_with_a_supervisor_that_is_killed_and_up_starts_anew(fresh):
    up(fresh)
    task = fresh.submit("dev-echo", text="kept")
    state, pids = fresh.state, pids_of(fresh)
    os.kill(state["pid"], signal.SIGKILL)
    eventually(lambda: not any(exists(pid) for pid in pids), seconds=60)
    alone = fresh.run("list")
    assert alone.returncode == 4
    assert "not running" in alone.stderr
    assert "ygg up --detach" in alone.stderr

    up(fresh)
    assert fresh.state["redis_url"] == state["redis_url"]
    assert fresh.run("wait", task).returncode == 0

    pids = pids_of(fresh)
    assert fresh.run("down").returncode == 0
    assert fresh.state == {}
    assert not any(exists(pid) for pid in pids)


def test_in_the_foreground_on_a_named_broker_ctrl_c_stops_all_of_it(fresh, broker):
    fresh.environment["YGG_REDIS_URL"] = broker.url
    with fresh.start("up", "--no-flower", start_new_session=True) as process:
        assert any("Yggdrasil is up" in line for line in process.stdout)
        assert set(fresh.state["parts"]) == {"coordinator", "executor"}
        pids = pids_of(fresh)
        assert echo(fresh, "hi") == "hi"
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert not any(exists(pid) for pid in pids)


def test_a_port_that_was_asked_for_and_is_taken_is_refused(fresh):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = fresh.run("up", "--detach", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} is in use" in done.stderr
    assert "field: --port" in done.stderr
    assert fresh.state == {}


@pytest.mark.slow
def test_two_fleets_that_want_one_port_at_once_do_not_share_it(fresh, tmp_path):
    other = EmbeddedFleet(tmp_path / "other")
    port = str(free_port())
    wants = ("up", "--detach", "--no-flower", "--port", port)
    both = [each.start(*wants) for each in (fresh, other)]
    talk = [process.communicate(timeout=120)[1] for process in both]
    other.run("down", "--now")
    assert sorted(process.returncode for process in both) == [0, 2], talk
    refusal = talk[0] if both[0].returncode else talk[1]
    assert f"port {port} is in use" in refusal
    assert "hint: ygg up --port" in refusal


@pytest.mark.slow
def test_when_the_default_port_is_taken_a_free_one_is_taken_and_said(fleet, fresh):
    if not fleet.state["url"].endswith(":7420"):
        pytest.skip("port 7420 was somebody else's, who may let go of it any moment")
    assert "port 7420 is taken by another program" in up(fresh).stderr
    assert echo(fresh, "elsewhere") == "elsewhere"


def test_a_fleet_that_cannot_come_up_names_the_part_and_leaves_nothing(fresh):
    kept = fresh.data_dir / "valkey/appendonlydir"
    kept.mkdir(parents=True)
    (kept / "appendonly.aof.manifest").write_text("this is none\n")
    done = fresh.run("up", "--detach", "--no-flower")
    assert done.returncode == 4
    assert "did not come up: valkey" in done.stderr
    assert "valkey.log" in done.stderr
    assert fresh.state == {}
