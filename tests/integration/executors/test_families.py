"""A machine's own rules: how many of a family at a time, and what it has."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.executors.harness import ExecutorProcess, MakeExecutor, dev_echo, install
from tests.services import wait_until
from ygg.ids import new_id
from ygg.task import Ending, Envelope

FAMILIES = """
import time
from executors.handler import Context, Params, handler

class Nap(Params):
    file: str
    until: str

@handler("code-nap")
def nap(params: Nap, context: Context) -> None:
    with open(params.file, "a") as file:
        print("begin", file=file, flush=True)
        while not __import__("os").path.exists(params.until):
            time.sleep(0.02)
        print("end", file=file)

@handler("dev-strong", needs=["memory:100000"])
def strong(params: Params, context: Context) -> None: ...

@handler("dev-any", needs=["memory:0", "quick"])
def quick(params: Params, context: Context) -> None: ...
"""


def nap(file: Path, until: Path) -> Envelope:
    params: dict[str, object] = {"file": str(file), "until": str(until)}
    return Envelope.model_validate(
        {"task_id": new_id(), "attempt": 1, "label": "code-nap", "params": params}
    )


def begun(file: Path) -> int:
    return file.read_text().count("begin") if file.exists() else 0


def start(make_executor: MakeExecutor, tmp_path: Path, **more: str) -> ExecutorProcess:
    install(tmp_path, "families", FAMILIES)
    executor = make_executor(
        PYTHONPATH=str(tmp_path),
        YGG_EXECUTOR__CONCURRENCY="4",
        YGG_EXECUTOR__QUEUES='["dev", "code"]',
        YGG_EXECUTOR__FAMILIES='{"code": 1}',
        YGG_EXECUTOR__TAGS='["quick"]',
        **more,
    )
    executor.start_and_wait()
    return executor


def test_one_task_of_a_limited_family_runs_and_the_others_wait_in_their_queue(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = start(make_executor, tmp_path)
    file, gate = tmp_path / "naps", tmp_path / "gate"
    naps = [nap(file, gate) for _ in range(5)]
    executor.send_to("code", *naps)
    wait_until(lambda: begun(file) == 1, "the first to begin")
    echoes = [dev_echo(str(number)) for number in range(8)]
    for echo in echoes:
        executor.send(echo)
    for echo in echoes:
        assert executor.outcome(echo).ending is Ending.OK
    assert begun(file) == 1
    assert executor.redis.llen("code") == 4
    gate.touch()
    for one in naps:
        assert executor.outcome(one).ending is Ending.OK
    lines = file.read_text().split()
    assert lines == ["begin", "end"] * 5


def test_the_machines_own_queue_keeps_the_limit_too(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = start(make_executor, tmp_path)
    file, gate = tmp_path / "naps", tmp_path / "gate"
    naps = [nap(file, gate) for _ in range(4)]
    executor.send_to("on.fenrir", *naps[:3])
    executor.send_to("code", naps[3])
    wait_until(lambda: begun(file) == 1, "the first to begin")
    echo = dev_echo()
    executor.send(echo)
    assert executor.outcome(echo).ending is Ending.OK
    assert begun(file) == 1
    gate.touch()
    for one in naps:
        assert executor.outcome(one).ending is Ending.OK
    assert file.read_text().split() == ["begin", "end"] * 4


def test_a_killed_process_gives_its_place_back(make_executor: MakeExecutor, tmp_path: Path) -> None:
    executor = start(make_executor, tmp_path)
    file, gate = tmp_path / "naps", tmp_path / "gate"
    first, second = nap(file, gate), nap(file, gate)
    executor.send_to("code", first)
    wait_until(lambda: begun(file) == 1, "the first to begin")
    busy = [child for child in executor.pool_children() if child.children()]
    assert len(busy) == 1
    busy[0].kill()
    executor.send_to("code", second)
    wait_until(lambda: begun(file) == 2, "the second to begin")
    gate.touch()
    assert executor.outcome(second).ending is Ending.OK
    work = executor.data_dir / "work" / "fenrir"
    wait_until(lambda: not list(work.iterdir()), "the orphan to be swept", 15)


def test_what_the_machine_lacks_is_not_offered(make_executor: MakeExecutor, tmp_path: Path) -> None:
    executor = start(make_executor, tmp_path)
    announcement = executor.announcements()[0].announcement
    labels = {offer.label for offer in announcement.offers}
    assert "dev-any" in labels
    assert "dev-strong" not in labels
    assert "dev-strong: it needs memory:100000" in executor.log.read_text()
    kinds = {tag.partition(":")[0] for tag in announcement.tags}
    assert kinds == {"quick", "arch", "memory"}


def test_a_failed_workspace_is_kept_when_that_is_asked_for(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    executor = start(make_executor, tmp_path, YGG_EXECUTOR__KEEP_WORKSPACES="failed")
    nowhere = tmp_path / "no" / "such" / "file"
    failing = nap(nowhere, nowhere)
    fine = nap(tmp_path / "naps", tmp_path)
    executor.send_to("code", failing, fine)
    assert executor.outcome(failing).ending is Ending.ERROR
    assert executor.outcome(fine).ending is Ending.OK
    kept = executor.data_dir / "kept" / "fenrir"
    wait_until(kept.exists, "the workspace to be kept")
    assert [one.name for one in kept.iterdir()] == [f"{failing.task_id}.1"]
    assert json.loads((kept / f"{failing.task_id}.1" / "owner").read_text()) > 0
