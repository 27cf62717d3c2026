"""A lease while we hold it: when to renew, and until when we may still believe in it."""

from __future__ import annotations

from dataclasses import dataclass

from redis.exceptions import RedisError

from executors.clock import boottime
from ygg.lease import Leases, Renewal
from ygg.settings import DeliverySettings

RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Claimed:
    """One attempt, taken: what names its lease, and the boot time before it was asked for."""

    task_id: str
    attempt: int
    holder: str
    asked_at: float


class Hold:
    """Counts from before each answered request was sent: the reaper saw the change later."""

    def __init__(self, claimed: Claimed, leases: Leases, delivery: DeliverySettings) -> None:
        self._claimed = claimed
        self._leases = leases
        self._good_for = delivery.lease_seconds - delivery.margin_seconds
        self._every = delivery.lease_seconds / 3
        self._renewals = 0
        self._sure_since = claimed.asked_at
        self.next_renewal = claimed.asked_at + self._every

    @property
    def deadline(self) -> float:
        """The task must be dead by then, unless the lease is renewed before."""
        return self._sure_since + self._good_for

    def renew(self) -> Renewal | None:
        """Nothing when the broker did not answer: the deadline stands, another try follows."""
        now = boottime()
        self._renewals += 1
        one = self._claimed
        try:
            answer = self._leases.renew(one.task_id, one.attempt, one.holder, self._renewals)
        except RedisError:
            self.next_renewal = boottime() + min(RETRY_SECONDS, self._every)
            return None
        self.next_renewal = now + self._every
        if answer is not Renewal.LOST:
            self._sure_since = now
        return answer
