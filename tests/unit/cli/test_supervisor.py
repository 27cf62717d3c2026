"""Real processes under the real supervisor."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = """
import json, logging, signal, sys, time
from pathlib import Path
from ygg.supervisor import Part, Supervisor

folder = Path(sys.argv[1])
logging.basicConfig(stream=sys.stderr, level="INFO", format="%(message)s")

def note(running):
    text = json.dumps({each.part.name: each.pid for each in running})
    scratch = folder / "pids.new"
    scratch.write_text(text)
    scratch.replace(folder / "pids")

parts = [
    Part(
        name=name,
        argv=(sys.executable, "-c", code),
        environment={"FOLDER": str(folder)},
        log=folder / f"{name}.log",
        stop_seconds=float(stop),
        hurried_turn=1 if name == "last" else 0,
        hurry=signal.SIGQUIT if "SIGQUIT" in code else signal.SIGTERM,
        at_start=lambda: {"STARTED_AT": str(time.monotonic())},
        ready=(lambda: (folder / "first-is-ready").exists()) if name == "first" else None,
    )
    for name, stop, code in json.loads(sys.argv[2])
]

def restart(running):
    asked = folder / "restart"
    if asked.exists():
        asked.unlink()
        for each in running:
            each.restart()

Supervisor(parts, on_change=note, on_tick=restart).run()
"""

STAYS = "import signal; signal.pause()"
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""
# These block the signals they wait for: one that comes early is waited for in vain by nobody.
SAYS_BYE = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("up", flush=True)
signal.sigwait([signal.SIGTERM])
print("bye", flush=True)
"""
WAITS_UNLESS_HURRIED = """
import signal
asked = [signal.SIGTERM, signal.SIGQUIT]
signal.pthread_sigmask(signal.SIG_BLOCK, asked)
print("up", flush=True)
while signal.sigwait(asked) != signal.SIGQUIT:
    print("draining", flush=True)
print("handed back", flush=True)
"""


class Fleet:
    def __init__(self, folder: Path, process: subprocess.Popen):
        self.folder = folder
        self.process = process

    def pids(self) -> dict[str, int | None]:
        import json

        file = self.folder / "pids"
        return json.loads(file.read_text()) if file.exists() else {}

    def log(self, name: str) -> str:
        file = self.folder / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def talk(self) -> str:
        return (self.folder / "talk").read_text()


@contextmanager
def supervised(folder: Path, *parts: tuple[str, float, str]):
    import json

    command = (sys.executable, "-c", PROGRAM, str(folder), json.dumps(parts))
    with (folder / "talk").open("wb") as talk:
        process = subprocess.Popen(command, stderr=talk)
        fleet = Fleet(folder, process)
        try:
            yield fleet
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)
            for pid in fleet.pids().values():
                assert pid is None or not exists(pid)


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition, seconds: float = 15):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found


def test_a_part_that_dies_is_started_again_and_that_is_said(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 5, STAYS)) as fleet:
        before = eventually(lambda: fleet.pids().get("first"))
        os.kill(before, signal.SIGKILL)
        after = eventually(lambda: fleet.pids().get("first") not in (None, before))
        assert after
        assert "first ended (SIGKILL); starting it again in 0.5 s" in fleet.talk()


def test_pauses_between_restarts_grow(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 5, "raise SystemExit(3)")) as fleet:
        eventually(lambda: "again in 2.0 s" in fleet.talk())
        talk = fleet.talk()
        assert talk.index("(exit code 3)") < talk.index("in 0.5 s") < talk.index("in 1.0 s")


def test_a_restart_that_was_asked_for_is_no_crash(tmp_path):
    (tmp_path / "first-is-ready").touch()
    says = f"import os; print(os.environ['STARTED_AT'], flush=True); {STAYS}"
    with supervised(tmp_path, ("first", 5, says)) as fleet:
        for times in range(1, 7):
            eventually(lambda: len(fleet.log("first").split()) == times, 2)  # noqa: B023
            (tmp_path / "restart").touch()
        eventually(lambda: len(set(fleet.log("first").split())) == 7, 2)
        assert "again in" not in fleet.talk()


def test_the_next_part_waits_until_the_one_before_is_ready(tmp_path):
    with supervised(tmp_path, ("first", 5, STAYS), ("second", 5, STAYS)) as fleet:
        eventually(lambda: fleet.pids().get("first"))
        assert fleet.pids()["second"] is None
        (tmp_path / "first-is-ready").touch()
        eventually(lambda: fleet.pids()["second"])


def test_it_stops_in_reverse_order_and_lets_parts_finish(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 5, SAYS_BYE), ("second", 5, SAYS_BYE)) as fleet:
        eventually(lambda: "up" in fleet.log("first") and "up" in fleet.log("second"))
        fleet.process.terminate()
        assert fleet.process.wait(10) == 0
        assert "bye" in fleet.log("first")
        assert "bye" in fleet.log("second")
        assert fleet.talk().index("stopping second") < fleet.talk().index("stopping first")


def test_a_part_that_will_not_stop_is_killed(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 0.3, STUBBORN)) as fleet:
        eventually(lambda: "up" in fleet.log("first"))
        fleet.process.terminate()
        assert fleet.process.wait(15) == 0


def test_asked_twice_it_does_not_wait_long(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 600, STUBBORN)) as fleet:
        eventually(lambda: "up" in fleet.log("first"))
        fleet.process.terminate()
        eventually(lambda: "stopping first" in fleet.talk())
        fleet.process.send_signal(signal.SIGINT)
        assert fleet.process.wait(20) == 0


def test_in_a_hurry_a_part_hears_only_of_the_hurry(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 600, WAITS_UNLESS_HURRIED)) as fleet:
        eventually(lambda: "up" in fleet.log("first"))
        fleet.process.send_signal(signal.SIGQUIT)
        assert fleet.process.wait(10) == 0
        assert fleet.log("first") == "up\nhanded back\n"


def test_in_a_hurry_parts_stop_turn_by_turn(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 600, SAYS_BYE), ("last", 600, SAYS_BYE)) as fleet:
        eventually(lambda: "up" in fleet.log("first") and "up" in fleet.log("last"))
        fleet.process.send_signal(signal.SIGQUIT)
        assert fleet.process.wait(10) == 0
        talk = fleet.talk()
        assert talk.index("stopping first at once") < talk.index("stopping last at once")


def test_a_part_that_waits_for_its_tasks_is_hurried_by_a_second_ctrl_c(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 600, WAITS_UNLESS_HURRIED)) as fleet:
        eventually(lambda: "up" in fleet.log("first"))
        fleet.process.send_signal(signal.SIGINT)
        eventually(lambda: "draining" in fleet.log("first"))
        fleet.process.send_signal(signal.SIGINT)
        assert fleet.process.wait(10) == 0
        assert fleet.log("first") == "up\ndraining\nhanded back\n"
        assert "killed" not in fleet.talk()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does this")
def test_parts_do_not_outlive_a_supervisor_that_is_killed(tmp_path):
    (tmp_path / "first-is-ready").touch()
    with supervised(tmp_path, ("first", 5, STAYS), ("second", 5, STAYS)) as fleet:
        eventually(lambda: all(fleet.pids().get(name) for name in ("first", "second")))
        pids = fleet.pids().values()
        fleet.process.kill()
        fleet.process.wait()
        eventually(lambda: not any(exists(pid) for pid in pids))
