"""The coordinator is killed at the worst moments: what was committed stands, and counts once."""

from __future__ import annotations

from pathlib import Path

from tests.audit import audit
from tests.fleet import Fleet, running
from tests.services import BrokerServer
from ygg import keys


def test_killed_between_commit_and_publish(broker: BrokerServer, tmp_path: Path) -> None:
    with running(Fleet(tmp_path, broker, proxied=["coordinator"])) as fleet:
        wire = fleet.wires["coordinator"]
        accepted = []
        for published_before in (0, 3):
            wire.catch(b"LPUSH", b"dev", after=published_before)
            accepted += fleet.submit(fleet.effects.mix(230))
            assert wire.caught.wait(20)
            assert fleet.records.count("attempts WHERE state = 'dispatched'") > 0
            assert fleet.records.open_count() >= 200
            fleet.crash_coordinator()
        fleet.wait_final()
        audit(fleet.records, accepted, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == set()


def test_killed_between_reading_an_event_and_acknowledging_it(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with running(Fleet(tmp_path, broker, proxied=["coordinator"])) as fleet:
        wire = fleet.wires["coordinator"]

        def read() -> None:
            wire.catch_reply(b'"finished"')

        def committed() -> None:
            wire.catch(b"RPUSH")

        def told_the_executor() -> None:
            wire.catch(b"XACK", keys.OUTCOMES.encode())

        accepted = []
        for killed_when in (read, committed, told_the_executor):
            gate = killed_when.__name__
            first, behind = fleet.submit_behind(fleet.effects.mix(280), [gate])
            accepted += first + behind
            killed_when()
            fleet.effects.open(gate)
            assert wire.caught.wait(20)
            assert fleet.records.open_count() >= 200
            fleet.crash_coordinator()
        fleet.wait_final()
        audit(fleet.records, accepted, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == set()
