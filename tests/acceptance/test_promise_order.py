"""Concurrency keys, queue limits and dependencies hold while an executor is killed."""

from __future__ import annotations

from pathlib import Path

from tests.audit import audit
from tests.effects import Task, echo
from tests.fleet import Fleet, running
from tests.services import BrokerServer

LIMIT = 6
KEYS = 5


def test_keys_and_limits_are_kept_across_a_kill(broker: BrokerServer, tmp_path: Path) -> None:
    limit = {"YGG_QUEUES": f'{{"dev": {{"limit": {LIMIT}}}}}'}
    with running(Fleet(tmp_path, broker, settings=limit)) as fleet:
        keys: dict[str, str | None] = {}

        def submit(tasks: list[Task]) -> list[str]:
            ids = fleet.submit(tasks)
            for task_id, task in zip(ids, tasks, strict=True):
                keys[task_id] = str(task["key"]) if "key" in task else None
            return ids

        first = submit([fleet.effects.waiting(key=f"key-{n}") for n in range(KEYS)])
        first += submit([fleet.effects.waiting() for _ in range(LIMIT - KEYS)])
        fleet.wait_started(first)
        short = "sleep 0.1"
        behind = submit([fleet.effects.run(short, key=f"key-{n % KEYS}") for n in range(80)])
        behind += submit([fleet.effects.run(short) for _ in range(40)])
        behind += submit([echo(n) for n in range(100)])
        assert fleet.records.open_count() >= 200
        killed = fleet.running_on("north")
        assert killed
        fleet.executors["north"].kill()
        fleet.effects.mark("killed")
        fleet.revive()
        fleet.effects.open()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == killed

        running_now: set[str] = set()
        for line in fleet.effects.lines():
            if line.what == "killed":
                running_now -= killed
            elif line.what == "start":
                running_now.add(line.task_id)
            elif line.what == "end":
                running_now.discard(line.task_id)
            assert len(running_now) <= LIMIT
            held = [keys[task_id] for task_id in running_now if keys[task_id]]
            assert len(set(held)) == len(held), f"two tasks with one key ran at a time: {held}"


def test_dependencies_are_kept_across_a_kill(broker: BrokerServer, tmp_path: Path) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        run = fleet.effects.run
        tasks: list[Task] = []
        for chain in range(50):
            tasks += [
                run(ref=f"{chain}.0"),
                echo(chain, ref=f"{chain}.1", after=[f"{chain}.0"]),
                run(ref=f"{chain}.2", after=[f"{chain}.1"]),
                run(ref=f"{chain}.3", after=[f"{chain}.0", f"{chain}.2"]),
            ]
        vain = [run("exit 3", ref="bad"), run(after=["bad"], ref="vain"), run(after=["vain"])]
        first, behind = fleet.submit_behind(tasks + vain)
        killed = fleet.running_on("north")
        fleet.executors["north"].kill()
        fleet.effects.open()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.tried_again() == killed
        states = fleet.records.tasks()
        *good, bad, vain_1, vain_2 = behind
        assert {states[task_id]["state"] for task_id in good} == {"succeeded"}
        assert states[bad]["state"] == "failed"
        assert {states[task_id]["state"] for task_id in (vain_1, vain_2)} == {"cancelled"}

        at = {
            (line.task_id, line.what): number for number, line in enumerate(fleet.effects.lines())
        }
        assert not {(vain_1, "start"), (vain_2, "start")} & at.keys()
        for chain in range(0, len(good), 4):
            head, _, middle, tail = good[chain : chain + 4]
            assert at[head, "end"] < at[middle, "start"]
            assert at[middle, "end"] < at[tail, "start"]
