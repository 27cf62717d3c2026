"""`ygg down`, in a hurry or not, and Ctrl-C: what becomes of the tasks that run."""

import signal

import pytest

from tests.embedded import eventually, exists
from tests.fleet import SHORT_TIMES

pytestmark = pytest.mark.timeout(240)

STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"


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


def test_down_now_hands_running_tasks_back_and_they_can_be_cancelled(fresh):
    fresh.environment |= SHORT_TIMES
    up(fresh)
    tasks = [begin(fresh, "sleep", "600"), begin(fresh, "python3", "-c", STUBBORN)]
    assert fresh.run("down", "--now").returncode == 0
    assert "killed" not in (fresh.data_dir / "up.log").read_text()

    up(fresh)
    for task in tasks:
        assert first_attempt(fresh, task) == ("returned", False)
        assert fresh.run("cancel", "--yes", task).returncode == 0
    # A broker that was restarted may have forgotten who runs what: for one lease nothing is judged.
    for task in tasks:
        assert "cancelled" in fresh.run("wait", task).stdout


@pytest.mark.slow
def test_a_second_ctrl_c_does_not_wait_for_what_runs(fresh):
    with fresh.start("up", "--no-flower") as process:
        assert any("Yggdrasil is up" in line for line in process.stdout)
        pids = [part["pid"] for part in fresh.state["parts"].values()]
        task = begin(fresh, "sleep", "600")
        process.send_signal(signal.SIGINT)
        assert any("a second Ctrl-C hands them back" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert not any(exists(pid) for pid in pids)

    up(fresh)
    assert first_attempt(fresh, task) == ("returned", False)


def test_a_broker_out_of_reach_is_told_at_once_and_ctrl_c_leaves_nothing(fresh):
    fresh.environment["YGG_REDIS_URL"] = "redis://:secret@127.0.0.1:1/0"
    with fresh.start("up", "--detach", "--no-flower") as process:
        told = "the broker at redis://:***@127.0.0.1:1/0 cannot be reached"
        assert any(told in line for line in process.stderr)  # perhaps after a taken port
        supervisor = eventually(lambda: fresh.state.get("pid"))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not exists(supervisor)
    assert fresh.state == {}
