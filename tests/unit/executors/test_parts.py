"""Small parts: shared memory, process trees, the wire."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from executors import processes
from executors.board import Board, Stage
from executors.clock import boottime
from tests.services import wait_until
from ygg.broker_link import packed


def test_a_child_and_its_worker_share_the_board() -> None:
    sharing = """
import os
from executors.board import Board
board = Board(3)
if os.fork() == 0:
    slot = board.slot(1)
    slot.begin()
    slot.finished(5)
    os._exit(0)
os.wait()
print(board.tally())
board.slot(1)  # the child's successor runs nothing yet
print(board.tally())
"""
    done = subprocess.run(
        [sys.executable, "-c", sharing], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.splitlines() == [
        "Tally(running=1, taken=1, finished=5)",
        "Tally(running=0, taken=1, finished=5)",
    ]


def test_a_drain_goes_forward_only() -> None:
    board = Board(1)
    board.drain(60)
    assert board.stage is Stage.DRAIN
    assert 59 < board.deadline - boottime() <= 60
    board.hurry()
    board.drain(60)
    assert board.stage is Stage.HURRY


def test_a_rest_can_be_taken_back_and_a_drain_counts_more() -> None:
    board = Board(1)
    board.rest(30)
    assert board.stage is Stage.REST
    assert 29 < board.deadline - boottime() <= 30
    board.wake()
    assert board.stage is Stage.RUN
    board.rest(30)
    board.drain(60)
    board.wake()
    assert board.stage is Stage.DRAIN
    assert 59 < board.deadline - boottime() <= 60


def test_commands_are_packed_as_redis_wants_them() -> None:
    assert packed("GET", "k") == b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    assert packed("SCRIPT LOAD", b"\xff", 12) == (
        b"*4\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$1\r\n\xff\r\n$2\r\n12\r\n"
    )
    assert packed("SET", "ü", "").endswith(b"\r\n$2\r\n\xc3\xbc\r\n$0\r\n\r\n")


TREE = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        os.setsid()
        os.fork()
        time.sleep(600)
print(flush=True)
time.sleep(600)
"""


def test_both_ways_of_finding_children_agree() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in processes.children(os.getpid())
        assert child.pid in processes._children_by_scan(os.getpid())
    finally:
        child.kill()
        child.communicate()


def test_descendants_are_killed_to_the_last() -> None:
    killer = f"""
import subprocess, sys
from executors import processes
processes.become_subreaper()
child = subprocess.Popen([sys.executable, "-c", {TREE!r}], stdout=subprocess.PIPE)
child.stdout.readline()
found = processes.descendants(__import__("os").getpid())
print(len(found), processes.kill_descendants(10)[0])
"""
    done = subprocess.run(
        [sys.executable, "-c", killer], capture_output=True, text=True, timeout=30, check=True
    )
    found, left = map(int, done.stdout.split())
    assert found >= 3
    assert left == 0


def test_a_process_dies_with_the_one_that_started_it() -> None:
    starter = """
import os, subprocess, sys
from functools import partial
from executors.processes import die_with_parent
child = subprocess.Popen(["sleep", "600"], preexec_fn=partial(die_with_parent, os.getpid()))
print(child.pid, flush=True)
input()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    wait_until(lambda: not _runs(child), "the child to die")


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_boot_clock_runs() -> None:
    before = boottime()
    time.sleep(0)
    assert boottime() >= before


def test_what_lives_in_a_namespace_of_its_own_is_ended_and_nothing_else() -> None:
    ending = """
import os, subprocess, sys, time
from executors.processes import become_subreaper, children, descendants, kill_sandboxed
become_subreaper()
ours = subprocess.Popen(["sleep", "1000"])
outer = subprocess.Popen(["unshare", "--map-root-user", "--pid", "--fork", "sh", "-c",
                          "sleep 1000 & setsid sleep 1000"])
while len(descendants(outer.pid)) < 3: time.sleep(0.01)
inner = descendants(outer.pid)
outer.kill(); outer.wait()
print(kill_sandboxed(5), [pid for pid in inner if os.path.exists(f"/proc/{pid}")])
print(children(os.getpid()) == [ours.pid])
ours.kill()
"""
    done = subprocess.run(
        [sys.executable, "-c", ending], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "0 []\nTrue\n"
