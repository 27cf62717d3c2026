"""The lease scripts on a real server: one holder an attempt, and never back to an earlier one."""

from __future__ import annotations

import time

import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ygg import keys
from ygg.lease import LEDGER, Claim, Lease, Leases, Renewal

TASK = "0123456789ab"
HOLDERS = st.sampled_from(["north:1", "north:2", "south:1"])


def stored(client: redis.Redis, task_id: str = TASK) -> Lease | None:
    value = client.get(keys.lease(task_id))
    return Lease.parse(value) if isinstance(value, bytes) else None


def events(client: redis.Redis) -> list[bytes]:
    return [fields[b"e"] for _, fields in client.xrange(keys.OUTCOMES)]  # type: ignore[union-attr]


def broker_ms(client: redis.Redis) -> int:
    seconds, micros = client.time()  # type: ignore[misc]
    return seconds * 1000 + micros // 1000


class Fence(RuleBasedStateMachine):
    """Executors, the coordinator and a broker that may lose everything, in any order."""

    messages: Bundle[tuple[int, str]] = Bundle("messages")
    held: Bundle[tuple[int, str]] = Bundle("held")

    def __init__(self, client: redis.Redis) -> None:
        super().__init__()
        self.client = client
        client.flushall()
        self.leases = Leases(client, keep_seconds=600)
        self.losses = 0
        self.attempt = 0
        self.highest = 0
        self.holder_of: dict[int, str] = {}
        self.taken: set[int] = set()  # since the broker last lost its data
        self.over: set[int] = set()
        self.cancelled_up_to = 0
        client.set(keys.EPOCH, "epoch-0")

    @property
    def epoch(self) -> str:
        return f"epoch-{self.losses}"

    @rule(target=messages)
    def dispatch(self) -> tuple[int, str]:
        """The ledger makes another attempt, in the present epoch."""
        self.attempt += 1
        return self.attempt, self.epoch

    @rule(target=held, message=messages, holder=HOLDERS)
    def take(self, message: tuple[int, str], holder: str) -> object:
        attempt, epoch = message
        before = stored(self.client)
        claim = self.leases.take(TASK, attempt, holder, 0, b"started", epoch)
        self._never_back()
        if claim is not Claim.TAKEN:
            if claim is Claim.CANCELLED:
                assert attempt <= self.cancelled_up_to
                self.over.add(attempt)
            if claim is Claim.STALE:
                assert epoch != self.epoch
            if claim is Claim.SUPERSEDED:
                assert before is not None
                assert before.attempt > attempt
            return multiple()
        assert epoch == self.epoch
        assert attempt not in self.over
        assert self.holder_of.setdefault(attempt, holder) == holder
        self.taken.add(attempt)
        return attempt, holder

    @rule(lease=held, renewals=st.integers(1, 99))
    def renew(self, lease: tuple[int, str], renewals: int) -> None:
        attempt, holder = lease
        before = stored(self.client)
        answer = self.leases.renew(TASK, attempt, holder, renewals)
        self._never_back()
        if before is not None and before.attempt > attempt:
            assert answer is Renewal.LOST
        if answer is Renewal.LOST:
            assert stored(self.client) == before
        else:
            assert stored(self.client) == Lease(attempt, holder, "held", renewals)

    @rule(lease=consumes(held))
    def finish(self, lease: tuple[int, str]) -> None:
        attempt, holder = lease
        count = len(events(self.client))
        self.leases.finish([(TASK, attempt, holder)], b"finished")
        self._never_back()
        assert len(events(self.client)) == count + 1
        found = stored(self.client)
        assert found is not None
        assert found.attempt > attempt or found.finished
        self.over.add(attempt)

    @precondition(lambda self: self.attempt > 0)
    @rule()
    def forestall(self) -> None:
        won = self.leases.forestall(TASK, self.attempt)
        self._never_back()
        found = stored(self.client)
        assert found is not None
        if won:
            assert found == Lease(self.attempt, LEDGER, "finished", 0)
            assert self.attempt not in self.taken
            self.over.add(self.attempt)
        else:
            assert found.attempt >= self.attempt

    @precondition(lambda self: self.attempt > 0)
    @rule()
    def cancel(self) -> None:
        self.client.set(keys.cancel(TASK), self.attempt)
        self.cancelled_up_to = self.attempt

    @rule()
    def the_broker_loses_everything(self) -> None:
        self.client.flushall()
        self.losses += 1
        self.taken.clear()
        self.highest = 0
        self.cancelled_up_to = 0
        self.client.set(keys.EPOCH, self.epoch)

    def _never_back(self) -> None:
        found = stored(self.client)
        if found is not None:
            assert found.attempt >= self.highest
            self.highest = found.attempt


def test_in_any_order_an_attempt_has_one_holder_and_no_lease_goes_back(
    client: redis.Redis,
) -> None:
    run_state_machine_as_test(
        lambda: Fence(client),
        settings=settings(
            max_examples=150,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_start_is_on_the_stream_once_however_often_the_holder_asks(
    client: redis.Redis,
) -> None:
    leases = Leases(client, 600)
    for _ in range(3):
        assert leases.take(TASK, 1, "a", 0, b"started") is Claim.TAKEN
    assert leases.take(TASK, 1, "b", 0, b"started by b") is Claim.HELD
    assert events(client) == [b"started"]


def test_a_message_that_is_too_old_is_refused_by_the_brokers_clock(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    now = broker_ms(client)
    assert leases.take(TASK, 1, "a", now - 1, b"started") is Claim.STALE
    assert (stored(client), events(client)) == (None, [])
    assert leases.take(TASK, 1, "a", now + 60_000, b"started") is Claim.TAKEN


def test_a_message_of_another_epoch_is_refused(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    assert leases.take(TASK, 1, "a", 0, b"started", epoch="old") is Claim.STALE
    client.set(keys.EPOCH, "new")
    assert leases.take(TASK, 1, "a", 0, b"started", epoch="old") is Claim.STALE
    assert (stored(client), events(client)) == (None, [])
    assert leases.take(TASK, 1, "a", 0, b"started", epoch="new") is Claim.TAKEN


def test_a_cancelled_task_is_not_begun(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    client.set(keys.cancel(TASK), 2)
    assert leases.take(TASK, 2, "a", 0, b"started") is Claim.CANCELLED
    assert events(client) == []
    assert leases.take(TASK, 2, "b", 0) is Claim.FINISHED
    assert leases.take(TASK, 3, "b", 0) is Claim.TAKEN


def test_a_renewal_tells_of_a_cancel(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    leases.take(TASK, 1, "a", 0)
    assert leases.renew(TASK, 1, "a", 1) is Renewal.KEPT
    client.set(keys.cancel(TASK), 1)
    assert leases.renew(TASK, 1, "a", 2) is Renewal.CANCEL


def test_forestalling_is_repeatable_and_too_late_once_begun(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    assert leases.forestall(TASK, 1)
    assert leases.forestall(TASK, 1)
    assert leases.take(TASK, 1, "a", 0) is Claim.FINISHED
    leases.take(TASK, 2, "a", 0)
    assert not leases.forestall(TASK, 2)
    assert not leases.forestall(TASK, 1)


def test_a_finished_attempt_is_remembered_for_as_long_as_it_was_told(client: redis.Redis) -> None:
    leases = Leases(client, keep_seconds=600)
    leases.take(TASK, 1, "a", 0)
    leases.finish([(TASK, 1, "a")], b"x")
    assert 590_000 < client.pttl(keys.lease(TASK)) <= 600_000
    brief = Leases(client, keep_seconds=0.05)
    brief.take("b" * 12, 1, "a", 0)
    deadline = time.monotonic() + 5
    while stored(client, "b" * 12) is not None:
        assert time.monotonic() < deadline


def test_what_ended_together_is_told_in_one_entry_and_never_over_a_later_attempt(
    client: redis.Redis,
) -> None:
    leases = Leases(client, 600)
    one, other = "a" * 12, "b" * 12
    leases.take(one, 1, "h", 0)
    leases.take(other, 2, "h", 0)
    leases.finish([(one, 1, "h"), (other, 1, "h")], b"both")
    assert events(client) == [b"both"]
    assert stored(client, one) == Lease(1, "h", "finished", 0)
    assert stored(client, other) == Lease(2, "h", "held", 0)


def test_a_broker_that_went_back_in_time_begins_nothing_of_its_old_epoch(
    client: redis.Redis,
) -> None:
    """From a snapshot its epoch is the old one, but its process is another."""
    leases = Leases(client, 600)
    run_id = client.info("server")["run_id"]  # type: ignore[index]
    for epoch, claim in ((f"word.{run_id}", Claim.TAKEN), (f"word.{'0' * 40}", Claim.STALE)):
        client.flushall()
        client.set(keys.EPOCH, epoch)
        assert leases.take(TASK, 1, "a", 0, epoch=epoch) is claim


def test_a_broker_that_lost_the_lease_does_not_say_that_nothing_began(client: redis.Redis) -> None:
    leases = Leases(client, 600)
    client.set(keys.EPOCH, "old")
    leases.take(TASK, 1, "a", 0, epoch="old")
    client.flushall()
    assert not leases.forestall(TASK, 1, "old")
    client.set(keys.EPOCH, "new")
    assert not leases.forestall(TASK, 1, "old")
    assert leases.renew(TASK, 1, "a", 1) is Renewal.KEPT
