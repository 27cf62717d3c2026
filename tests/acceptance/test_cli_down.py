"""`ygg down`, in a hurry or not, and Ctrl-C: what becomes of the tasks that run."""

import signal

import pytest

from tests.embedded import EmbeddedFleet, eventually, exists

pytestmark = pytest.mark.timeout(240)

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.fixture
def fleet(tmp_path):
    """A fleet of its own, which the test starts."""
    found = EmbeddedFleet(tmp_path / "data")
    found.data_dir.mkdir(mode=0o700)
    yield found
    found.run("down", "--now")


def up(fleet):
    done = fleet.run("up", "--detach", "--no-flower")
    assert done.returncode == 0, done.stderr


def begin(fleet, *command):
    task = fleet.submit("dev-run", command=list(command))
    eventually(lambda: fleet.json("show", task)["state"] == "running")
    return task


def first_attempt(fleet, task):
    found = fleet.json("show", task)["attempts"][0]
    return found["state"], found["charged"]


def test_down_now_hands_running_tasks_back_and_they_can_be_cancelled(fleet):
    up(fleet)
    tasks = [begin(fleet, "sleep", "600"), begin(fleet, "python3", "-c", STUBBORN)]
    assert fleet.run("down", "--now").returncode == 0
    assert "killed" not in (fleet.data_dir / "up.log").read_text()

    up(fleet)
    for task in tasks:
        assert first_attempt(fleet, task) == ("returned", False)
        assert fleet.run("cancel", "--yes", task).returncode == 0
    # A broker that was restarted may have forgotten who runs what: for one lease nothing is judged.
    eventually(lambda: {fleet.json("show", task)["state"] for task in tasks} == {"cancelled"}, 60)


def test_a_second_ctrl_c_does_not_wait_for_what_runs(fleet):
    with fleet.start("up", "--no-flower") as process:
        assert any("Yggdrasil is up" in line for line in process.stdout)
        pids = [part["pid"] for part in fleet.state["parts"].values()]
        task = begin(fleet, "sleep", "600")
        process.send_signal(signal.SIGINT)
        assert any("a second Ctrl-C hands them back" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert not any(exists(pid) for pid in pids)

    up(fleet)
    assert first_attempt(fleet, task) == ("returned", False)


def test_a_broker_out_of_reach_is_told_at_once_and_ctrl_c_leaves_nothing(fleet):
    fleet.environment["YGG_REDIS_URL"] = "redis://:secret@127.0.0.1:1/0"
    with fleet.start("up", "--detach", "--no-flower") as process:
        told = "the broker at redis://:***@127.0.0.1:1/0 cannot be reached"
        assert any(told in line for line in process.stderr)  # perhaps after a taken port
        supervisor = eventually(lambda: fleet.state.get("pid"))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not exists(supervisor)
    assert fleet.state == {}
