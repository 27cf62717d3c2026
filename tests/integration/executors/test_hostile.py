"""What untrusted code may try: its executor stays well, and so do the tasks beside it."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.executors.harness import (
    WILD,
    ExecutorProcess,
    MakeExecutor,
    dev_echo,
    install,
    running_executor,
)
from tests.services import wait_until
from ygg.ids import new_id
from ygg.task import Ending, Envelope, Limits

MIB = 1024**2


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExecutorProcess]:
    """An executor whose quotas are small, and a label that runs any script in the sandbox."""
    folder = tmp_path_factory.mktemp("wild")
    install(folder, "wild", WILD)
    variables = {
        "PYTHONPATH": str(folder),
        "YGG_EXECUTOR__WORKSPACE_BYTES": str(64 * MIB),
        "YGG_EXECUTOR__WORKSPACE_FILES": "2000",
        "YGG_DELIVERY__BLOBS_TOTAL_BYTES": str(32 * MIB),
        "YGG_SANDBOX__PROCESSES": "60",
        "YGG_SANDBOX__MEMORY_BYTES": str(256 * MIB),
    }
    with running_executor(folder, **variables) as found:
        yield found


def script(text: str, *, soft: float = 20, hard: float = 25, **params: object) -> Envelope:
    return Envelope.model_validate(
        {
            "task_id": new_id(),
            "attempt": 1,
            "label": "dev-wild",
            "params": {"script": text, **params},
            "limits": Limits(soft_seconds=soft, hard_seconds=hard),
        }
    )


@pytest.fixture
def neighbour(wild: ExecutorProcess) -> Iterator[None]:
    """A task beside each test's own that must come to its end, and the executor with it."""
    beside = script("for i in 1 2 3 4 5; do sleep 0.2; echo $i; done")
    wild.send(beside)
    wild.wait_started(beside)
    yield
    assert wild.outcome(beside, 60).ending is Ending.OK
    echo = dev_echo()
    wild.send(echo)
    assert wild.outcome(echo).ending is Ending.OK
    assert wild.process.poll() is None
    wait_until(wild.is_idle, "the executor to be idle")
    assert not list((wild.data_dir / "work" / "fenrir").iterdir())


pytestmark = pytest.mark.usefixtures("neighbour")


def test_a_fork_bomb_finds_no_room(wild: ExecutorProcess) -> None:
    bomb = script("f() { f | f & }; f 2>/dev/null; sleep 60", soft=3, hard=5)
    wild.send(bomb)
    assert wild.outcome(bomb).ending is Ending.TIMEOUT


@pytest.mark.parametrize(
    "size", [3 * 10**8, *(pytest.param(10**n, marks=pytest.mark.slow) for n in (9, 10))]
)
def test_gigabytes_of_output_are_counted_and_dropped(wild: ExecutorProcess, size: int) -> None:
    flood = script(f"head -c {size} /dev/zero | tr '\\0' x", soft=105, hard=110)
    wild.send(flood)
    outcome = wild.outcome(flood, 115)
    assert outcome.ending is Ending.OK, outcome
    assert outcome.log.bytes >= size
    kept = sum(len(chunk.text) for chunk in wild.chunks(flood))
    assert kept < 3 * MIB
    assert outcome.log.dropped_bytes > 0.99 * size


def test_a_log_without_end_ends_at_the_limit(wild: ExecutorProcess) -> None:
    endless = script("while true; do echo again and again; done", soft=2, hard=4)
    wild.send(endless)
    assert wild.outcome(endless).ending is Ending.TIMEOUT


@pytest.mark.parametrize("trap", ["TERM", "TERM INT HUP QUIT"])
def test_what_ignores_sigterm_is_killed(wild: ExecutorProcess, trap: str) -> None:
    deaf = script(f"trap '' {trap}; while true; do sleep 0.1; done", soft=1, hard=2)
    wild.send(deaf)
    outcome = wild.outcome(deaf)
    assert outcome.ending is Ending.TIMEOUT
    assert "hard limit" in outcome.reason


def test_what_heeds_sigterm_may_tidy_up(wild: ExecutorProcess) -> None:
    heeding = script("trap 'echo tidied; exit 3' TERM; while true; do sleep 0.1; done", soft=1)
    wild.send(heeding)
    outcome = wild.outcome(heeding)
    assert outcome.ending is Ending.TIMEOUT
    assert "soft limit" in outcome.reason
    assert "tidied" in wild.text(heeding)


def test_a_huge_file_is_not_written(wild: ExecutorProcess) -> None:
    huge = script("head -c 10000000000 /dev/zero > huge; ls -l huge >&2; exit 7")
    wild.send(huge)
    outcome = wild.outcome(huge)
    assert outcome.ending is Ending.ERROR


def test_a_workspace_has_a_size_and_a_number_of_files(wild: ExecutorProcess) -> None:
    large = script("for i in $(seq 20); do head -c 30000000 /dev/zero > $i; done; sleep 30")
    many = script("mkdir d; cd d; for i in $(seq 5000); do : > $i; done; sleep 30")
    for one, says in ((large, "bytes"), (many, "files")):
        wild.send(one)
        outcome = wild.outcome(one)
        assert outcome.ending is Ending.ERROR
        assert "stopped: its workspace" in outcome.reason
        assert says in outcome.reason


@pytest.mark.parametrize(
    "eater",
    [
        "x = bytearray(10 ** 9)",
        "import os; [os.fork() for _ in range(3)]; x = bytearray(90 * 10 ** 6); "
        "import time; time.sleep(30)",
        "open('/dev/shm/x', 'wb').write(bytes(200 * 10 ** 6))",
    ],
)
def test_memory_has_an_end(wild: ExecutorProcess, eater: str) -> None:
    hog = script(eater, program="/usr/bin/python3")
    wild.send(hog)
    outcome = wild.outcome(hog)
    assert outcome.ending is Ending.ERROR
    assert "memory" in outcome.reason or "exit code" in outcome.reason


def test_the_network_is_not_there(wild: ExecutorProcess) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        knock = script(f"exec 3<>/dev/tcp/127.0.0.1/{port} && echo reached >&3")
        broker = script(f"exec 3<>/dev/tcp/127.0.0.1/{wild.broker.port}")
        wild.send(knock, broker)
        for one in (knock, broker):
            outcome = wild.outcome(one)
            assert outcome.ending is Ending.ERROR
            assert "Network is unreachable" in outcome.hint or "refused" in outcome.hint
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_network_that_is_asked_for_must_be_allowed(wild: ExecutorProcess) -> None:
    asked = script("true", network=True)
    wild.send(asked)
    outcome = wild.outcome(asked)
    assert outcome.reason == "the network is closed to untrusted code here"
    assert "[sandbox] network = true" in outcome.hint


def test_links_out_of_the_workspace_lead_nowhere(wild: ExecutorProcess, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    out = script(
        f"ln -s {secret} link; ln -s {tmp_path} folder; ln -s /etc/shadow shadow; "
        f"cat link folder/secret shadow 2>/dev/null; ls {wild.data_dir} 2>&1; ls /root /home 2>&1; "
        "mkfifo pipe; touch fine",
        keep="**",
    )
    wild.send(out)
    outcome = wild.outcome(out)
    assert "not for you" not in wild.text(out)
    assert [one.path for one in outcome.artifacts] == ["fine"]
    assert "link: is a link" in " ".join(outcome.warnings)


def test_files_of_holes_do_not_fill_the_disk_as_artifacts(wild: ExecutorProcess) -> None:
    holes = script("for i in 1 2 3 4 5 6; do echo $i > $i; truncate -s 10M $i; done", keep="*")
    wild.send(holes)
    outcome = wild.outcome(holes)
    assert outcome.ending is Ending.OK
    assert [one.path for one in outcome.artifacts] == ["1", "2", "3"]
    assert len([one for one in outcome.warnings if "are the most of one task" in one]) == 3


def test_it_is_nobody_and_sees_nobody(wild: ExecutorProcess) -> None:
    look = script("id -u; tr '\\0' '\\n' </proc/1/environ; ls /proc | grep -c '^[0-9]*$'; env")
    wild.send(look)
    outcome = wild.outcome(look)
    said = wild.text(look)
    assert outcome.ending is Ending.OK, outcome
    if os.geteuid() == 0:
        assert said.splitlines()[0] not in ("0", "")
    assert "YGG_" not in said
    assert str(wild.broker.port) not in said


def test_system_and_devices_cannot_be_written(wild: ExecutorProcess) -> None:
    write = script(
        "for f in /usr/x /etc/x /x /dev/x /proc/sys/kernel/core_pattern; do "
        "{ echo bad > $f && echo wrote $f; } 2>/dev/null; done; "
        "mknod disk b 8 0 2>/dev/null && echo made; "
        "unshare -r mount -t tmpfs x /usr 2>/dev/null && echo mounted; true"
    )
    wild.send(write)
    assert wild.outcome(write).result == ""


def test_nothing_outlives_it(wild: ExecutorProcess) -> None:
    mark = f"sleep {1000 + os.getpid()}.5"
    daemon = script(f"setsid nohup {mark} >/dev/null 2>&1 & disown; echo left")
    wild.send(daemon)
    assert wild.outcome(daemon).ending is Ending.OK
    assert not _runs(mark)


def test_nothing_of_a_command_runs_beside_the_next(wild: ExecutorProcess) -> None:
    """Root gives the workspace to the command's user in between: no name may move meanwhile."""
    first = script(
        "import os\n"
        "for number in range(50):\n"
        "    if os.fork() == 0:\n"
        "        a, b = f'a{number}', f'b{number}'\n"
        "        open(a, 'w').close()\n"
        "        while True: os.rename(a, b); os.rename(b, a)\n"
        "import time; time.sleep(0.5); os._exit(0)",
        then="import os, time; seen = set()\n"
        "for _ in range(300): seen.add(tuple(sorted(os.listdir()))); time.sleep(0.001)\n"
        "print(len(seen))",
        program="/usr/bin/python3",
    )
    wild.send(first)
    assert wild.outcome(first).result == "1\n"


def test_folders_too_deep_to_follow_end_the_task_and_are_removed(wild: ExecutorProcess) -> None:
    deep = "i=0; while [ $i -lt 1200 ]; do mkdir d; cd d; i=$((i+1)); done; "
    for one in (script(deep), script(deep + "touch here", keep="**"), script(deep, then="true")):
        wild.send(one)
        outcome = wild.outcome(one)
        assert outcome.ending is Ending.ERROR
        assert "deep" in outcome.reason
        assert "Traceback" not in wild.text(one, "ygg")


@pytest.mark.parametrize(
    "taken",
    [
        "import os; os.memfd_create('x')",
        "import os; assert os.system('unshare -Urm mount -t tmpfs x /tmp 2>&1') == 0",
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "
        "key = libc.syscall(250, 0, -3, 1); assert key >= 0",
        "import os, glob; assert len(os.listdir('/proc/self/fd')) > 4",
    ],
)
def test_what_nobody_counts_is_not_given(wild: ExecutorProcess, taken: str) -> None:
    one = script(taken, program="/usr/bin/python3")
    wild.send(one)
    assert wild.outcome(one).ending is Ending.ERROR


def test_files_without_a_name_count(wild: ExecutorProcess) -> None:
    code = (
        "import os, time; f = open('x', 'wb'); os.unlink('x');"
        "os.posix_fallocate(f.fileno(), 0, 60 * 2**20); g = open('y', 'wb'); os.unlink('y');"
        "os.posix_fallocate(g.fileno(), 0, 60 * 2**20); time.sleep(15)"
    )
    one = script(code, program="/usr/bin/python3")
    wild.send(one)
    assert "stopped: its workspace takes" in wild.outcome(one).reason


def test_a_name_that_holds_a_secret_is_not_kept(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    install(tmp_path, "wild", WILD)
    executor = make_executor(
        PYTHONPATH=str(tmp_path),
        GALLERY="s3cr3t-token",
        YGG_SECRETS__GALLERY__ENV="GALLERY",
        YGG_SECRETS__GALLERY__LABELS='["dev-wild"]',
    )
    executor.start_and_wait()
    one = script("touch s3cr3t-token fine; echo -n user:s3cr3t-token | base64", keep="*")
    executor.send(one)
    outcome = executor.outcome(one)
    assert [kept.path for kept in outcome.artifacts] == ["fine"]
    assert "s3cr3t" not in outcome.model_dump_json()
    assert "czNjcjN0" not in outcome.model_dump_json() + executor.text(one)
    assert "dDNzY3Iz" not in executor.text(one)


def test_a_killed_executor_takes_the_sandbox_with_it(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    install(tmp_path, "wild", WILD)
    executor = make_executor(PYTHONPATH=str(tmp_path))
    executor.start_and_wait()
    mark = f"sleep {2000 + os.getpid()}.5"
    sleeper = script(f"{mark} & setsid {mark} & {mark}")
    executor.send(sleeper)
    wait_until(lambda: _runs(mark), "the sandbox to begin")
    executor.kill()
    wait_until(lambda: not _runs(mark), "the sandbox to end")


def test_a_flood_of_short_tasks_beside_each_other_is_as_safe(wild: ExecutorProcess) -> None:
    began = time.monotonic()
    tasks = [script(f"echo {number} > own; cat own") for number in range(20)]
    wild.send(*tasks)
    results = [wild.outcome(task, 60).result for task in tasks]
    assert results == [f"{number}\n" for number in range(20)]
    assert time.monotonic() - began < 60
    assert threading.active_count() < 50


def _runs(command: str) -> bool:
    wanted = command.replace(" ", "\0")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if wanted in (entry / "cmdline").read_text():
                    return True
            except OSError:
                continue
    return False
