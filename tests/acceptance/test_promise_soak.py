"""Everything at once, in no order: a minute of blows that nobody planned."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit import audit
from tests.fleet import EXECUTORS, GRACE_SECONDS, LEASE_SECONDS, Fleet, running
from tests.services import BrokerServer
from ygg.errors import YggError

BLOWS_SECONDS = 60
TASKS = 3000


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_minute_of_blows(seed: int, broker: BrokerServer, tmp_path: Path) -> None:
    luck = random.Random(seed)
    wires = ("coordinator", *EXECUTORS)
    # Executors die far more often than a task may be charged for by default.
    limits = {"YGG_DELIVERY__MAX_UNCHARGED": "1000"}
    with running(Fleet(tmp_path, broker, proxied=wires, settings=limits)) as fleet:
        blows = _blows(fleet, luck)
        accepted = fleet.submit(fleet.effects.mix(TASKS, max_attempts=100))
        until = time.monotonic() + BLOWS_SECONDS
        while time.monotonic() < until:
            luck.choice(blows)()
            if fleet.records.open_count() < TASKS // 2:
                accepted += _submit(fleet, TASKS // 2)
            _pass_time(fleet, luck.uniform(0, LEASE_SECONDS))
        fleet.wait_final(each_time=fleet.revive)
        audit(fleet.records, accepted, fleet.effects, frozen=True)
        assert fleet.states() == {"succeeded"}


def _blows(fleet: Fleet, luck: random.Random) -> list[Callable[[], None]]:
    long = LEASE_SECONDS + GRACE_SECONDS + 1

    def kill_executor() -> None:
        fleet.executors[luck.choice(EXECUTORS)].kill()
        fleet.revive()

    def kill_coordinator() -> None:
        fleet.coordinator.kill()
        fleet.restart_coordinator()

    def freeze_executor() -> None:
        process = fleet.executors[luck.choice(EXECUTORS)]
        process.freeze()
        _pass_time(fleet, luck.uniform(0, long))
        process.thaw()

    def freeze_broker() -> None:
        os.kill(fleet.broker.pid, signal.SIGSTOP)
        _pass_time(fleet, luck.uniform(0, long))
        os.kill(fleet.broker.pid, signal.SIGCONT)

    def cut() -> None:
        wire = luck.choice(list(fleet.wires.values()))
        wire.cut()
        _pass_time(fleet, luck.uniform(0, long))
        wire.heal()

    def flush() -> None:
        with fleet.redis() as client:
            client.flushall()

    def lose_broker() -> None:
        fleet.broker.restart(keep_data=False)

    def restart_broker() -> None:
        fleet.broker.restart()

    return [
        kill_executor,
        kill_coordinator,
        freeze_executor,
        freeze_broker,
        cut,
        flush,
        lose_broker,
        restart_broker,
    ]


def _submit(fleet: Fleet, count: int) -> list[str]:
    """What was not accepted is nobody's loss."""
    client = fleet.new_client()
    fleet.client = client
    try:
        return fleet.submit(fleet.effects.mix(count, max_attempts=100))
    except YggError:
        return []


def _pass_time(fleet: Fleet, seconds: float) -> None:
    until = time.monotonic() + seconds
    fleet.wait(lambda: time.monotonic() > until, "time to pass")
