"""Events of several attempts in any order, any number of times, between anything else that happens.

A machine drives tasks through dispatches, losses, cancels and time, and delivers what executors
said whenever it likes. After each step the ledger is held against what must always be true.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from coordinator.ledger.statements import AnyRow
from tests.integration.coordinator.desk import NOW, Desk, finished, started, supply, task
from ygg.errors import Conflict
from ygg.ids import new_id
from ygg.task import FINAL, Ending, Finished, Retry, Started

TASKS = text("SELECT * FROM tasks WHERE queue = :queue ORDER BY id")
ATTEMPTS = text(
    "SELECT attempts.* FROM attempts JOIN tasks ON task_id = id WHERE queue = :queue"
    " ORDER BY task_id, attempts.attempt"
)
PERMITS = text("SELECT task_id, key FROM permits")
ENDINGS = st.sampled_from(list(Ending))
CAUSES = st.sampled_from(["", "", "drain", "broker"])


class Life(RuleBasedStateMachine):
    said: Bundle[Started | Finished] = Bundle("said")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.queue = new_id()
        self.now = NOW
        self.final: dict[str, Any] = {}
        self.ended: dict[tuple[str, int], Any] = {}
        self.attempt: dict[str, int] = {}

    @initialize(keyed=st.booleans(), max_attempts=st.integers(1, 4))
    def submit(self, keyed: bool, max_attempts: int) -> None:
        retry = Retry(on=(Ending.ERROR, Ending.LOST), max_attempts=max_attempts, backoff_seconds=1)
        key = new_id() if keyed else None
        first = task(queue=self.queue, retry=retry, key=key)
        second = task(queue=self.queue, retry=retry, key=key)
        third = task(queue=self.queue, retry=retry, after=(first.id,))
        self.desk.submit(first, second, third)
        self.attempt = {one.id: 0 for one in (first, second, third)}

    @rule()
    def dispatch(self) -> None:
        for found in self.desk.dispatch(supply(queue=self.queue), now=self.now):
            assert found.id not in self.final
            assert found.attempt == self.attempt[found.id] + 1
            self.attempt[found.id] = found.attempt

    @rule()
    def time_passes(self) -> None:
        self.now += 10

    @rule(
        target=said, which=st.integers(0, 2), back=st.integers(0, 2), executor=st.sampled_from("ab")
    )
    def an_executor_starts(self, which: int, back: int, executor: str) -> Started:
        task_id = sorted(self.attempt)[which]
        attempt = max(1, self.attempt[task_id] - back)
        return started(task_id, attempt, executor, self.now)

    @rule(
        target=said,
        which=st.integers(0, 2),
        back=st.integers(0, 2),
        executor=st.sampled_from("ab"),
        ending=ENDINGS,
        cause=CAUSES,
    )
    def an_executor_ends(
        self, which: int, back: int, executor: str, ending: Ending, cause: str
    ) -> Finished:
        task_id = sorted(self.attempt)[which]
        attempt = max(1, self.attempt[task_id] - back)
        return finished(task_id, attempt, ending, executor, cause=cause, result=new_id())

    @rule(batch=st.lists(said, min_size=1, max_size=4))
    def events_arrive(self, batch: list[Started | Finished]) -> None:
        applied = self.desk.apply(*batch, now=self.now)
        assert len({change.id for change in applied.changes}) == len(applied.changes)

    @rule(which=st.integers(0, 2))
    def a_person_cancels(self, which: int) -> None:
        task_id = sorted(self.attempt)[which]
        try:
            self.desk.cancel(task_id, now=self.now)
        except Conflict:
            assert task_id in self.final

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        if not self.attempt:
            return
        tasks, attempts, permits = self._read()
        for row in tasks:
            own = [each for each in attempts if each.task_id == row.id]
            self._what_is_final_stays_as_it_is(row)
            self._attempts_rise_one_by_one_and_end_once(row, own)
            assert permits.get(row.id) == (row.key if row.live else None)
            if row.cancel_requested_at is not None:
                assert row.state in ("cancelling", "cancelled", "succeeded")
        assert len(permits) <= 1

    def _read(self) -> tuple[Sequence[AnyRow], Sequence[AnyRow], dict[str, str]]:
        with self.desk.ledger.read() as connection:
            mine = {"queue": self.queue}
            tasks = connection.execute(TASKS, mine).fetchall()
            attempts = connection.execute(ATTEMPTS, mine).fetchall()
            permits = dict(tuple(row) for row in connection.execute(PERMITS))
        return tasks, attempts, permits

    def _what_is_final_stays_as_it_is(self, row: AnyRow) -> None:
        fate = (row.state, row.outcome, row.finished_at, row.attempt, row.charged)
        assert self.final.get(row.id, fate) == fate
        if row.state in FINAL:
            assert not row.live
            self.final[row.id] = fate

    def _attempts_rise_one_by_one_and_end_once(self, row: AnyRow, own: list[AnyRow]) -> None:
        assert row.attempt == self.attempt[row.id]
        assert [each.attempt for each in own] == list(range(1, row.attempt + 1))
        open_ones = [each.attempt for each in own if each.ended_at is None]
        assert open_ones == ([row.attempt] if row.live else [])
        assert sum(each.charged for each in own) == row.charged <= row.max_attempts
        assert row.charged + row.uncharged == len(own) - row.live
        assert sum(each.state == "ok" for each in own) == (row.state == "succeeded")
        for each in own:
            if each.ended_at is not None:
                end = (each.state, each.ended_at, each.charged)
                assert self.ended.setdefault((row.id, each.attempt), end) == end

    def teardown(self) -> None:
        """Whatever has happened: with every attempt ended, everything comes to its end."""
        for _ in range(40):
            self.now += 1000
            self.dispatch()
            rows, _, _ = self._read()
            if all(row.state in FINAL or row.gate for row in rows):
                break
            ends = [finished(row.id, row.attempt, executor="c") for row in rows if row.live]
            self.desk.apply(*ends, now=self.now)
        else:
            raise AssertionError(f"it never ended: {[row.state for row in rows]}")
        with self.desk.ledger.write() as connection:
            connection.exec_driver_sql("DELETE FROM permits")


def test_whatever_the_order_of_events_each_task_ends_once(desk: Desk) -> None:
    run_state_machine_as_test(
        lambda: Life(desk),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
