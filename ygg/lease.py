"""The fence: one key a task, `attempt holder state renewals`, changed only by these scripts.

A key says who holds which attempt. A message for a lower attempt, or for one that was ever
taken, is refused. Nobody compares clocks: the holder counts its own time from before it asked,
and the reaper calls a lease dead when the value has stopped changing for long enough on its own.

`held`      an executor runs the attempt and renews
`shared`    an executor took it with others of a bundle, and begins them one after the other
`finished`  the attempt ended, or was cancelled before it began; kept until no message can repeat it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from ygg import keys

if TYPE_CHECKING:
    from redis import Redis


class Claim(StrEnum):
    """What came of asking for a lease."""

    TAKEN = "taken"
    """It is ours."""
    CANCELLED = "cancelled"
    """The task is to be cancelled: report that, run nothing."""
    HELD = "held"
    """Another holder has this attempt."""
    FINISHED = "finished"
    SUPERSEDED = "superseded"
    """A later attempt exists."""
    STALE = "stale"
    """The message is older than any message may be, or from before the broker lost its data."""


class Renewal(StrEnum):
    KEPT = "kept"
    CANCEL = "cancel"
    """Kept, and the task is to be cancelled."""
    LOST = "lost"
    """Another attempt or holder has it: kill the task."""


@dataclass(frozen=True)
class Lease:
    """A lease as it stands in Redis."""

    attempt: int
    holder: str
    state: str
    renewals: int

    @property
    def finished(self) -> bool:
        return self.state == "finished"

    @property
    def shared(self) -> bool:
        return self.state == "shared"

    @classmethod
    def parse(cls, value: bytes) -> Lease:
        attempt, holder, state, renewals = value.decode().split(" ")
        return cls(int(attempt), holder, state, int(renewals))


# A broker that went back in time, to a snapshot or a replica, has its old epoch again and has
# lost newer leases; but it runs as another process, and an epoch ends in its run id.
_IS_EPOCH = """
local function is_epoch(key, epoch)
  if epoch == '' then return true end
  if redis.call('GET', key) ~= epoch then return false end
  local run = string.match(epoch, '%.(%w+)$')
  return not run or string.find(redis.call('INFO', 'server'), 'run_id:' .. run, 1, true) ~= nil
end
"""

# KEYS outcomes, epoch, lease, cancel, lease, cancel, …
# ARGV holder, expires_at_ms, keep_ms, started event or '', epoch or '', attempt, attempt, …
_TAKE = (
    _IS_EPOCH
    + """
local now = redis.call('TIME')
local expires = tonumber(ARGV[2])
local stale = expires > 0 and now[1] * 1000 + now[2] / 1000 > expires
if not is_epoch(KEYS[2], ARGV[5]) then stale = true end
local state = ' held 0'
if #ARGV > 6 then state = ' shared 0' end
local function take(lease, flag, attempt)
  if stale then return 'stale' end
  local value = redis.call('GET', lease)
  if value then
    local a, holder, kept = string.match(value, '^(%d+) (%S+) (%S+)')
    a = tonumber(a)
    if a > attempt then return 'superseded' end
    if a == attempt then
      if kept == 'finished' then return 'finished' end
      if holder ~= ARGV[1] then return 'held' end
      return 'taken'
    end
  end
  local cancel = redis.call('GET', flag)
  if cancel and tonumber(cancel) >= attempt then
    redis.call('SET', lease, attempt .. ' ' .. ARGV[1] .. ' finished 0', 'PX', ARGV[3])
    return 'cancelled'
  end
  redis.call('SET', lease, attempt .. ' ' .. ARGV[1] .. state, 'PX', ARGV[3])
  if ARGV[4] ~= '' then redis.call('XADD', KEYS[1], '*', 'e', ARGV[4]) end
  return 'taken'
end
local claims = {}
for i = 6, #ARGV do
  local at = 2 * (i - 6) + 3
  claims[#claims + 1] = take(KEYS[at], KEYS[at + 1], tonumber(ARGV[i]))
end
return claims
"""
)

# KEYS lease, cancel; ARGV attempt, holder, renewals, keep_ms
_RENEW = """
local attempt = tonumber(ARGV[1])
local value = redis.call('GET', KEYS[1])
if value then
  local a, holder, state = string.match(value, '^(%d+) (%S+) (%S+)')
  a = tonumber(a)
  if a > attempt then return 'lost' end
  if a == attempt and (holder ~= ARGV[2] or state == 'finished') then return 'lost' end
end
redis.call('SET', KEYS[1], attempt .. ' ' .. ARGV[2] .. ' held ' .. ARGV[3], 'PX', ARGV[4])
local cancel = redis.call('GET', KEYS[2])
if cancel and tonumber(cancel) >= attempt then return 'cancel' end
return 'kept'
"""

# KEYS outcomes, lease, lease, …; ARGV keep_ms, events, attempt, holder, attempt, holder, …
_FINISH = """
for i = 2, #KEYS do
  local attempt = tonumber(ARGV[2 * i - 1])
  local value = redis.call('GET', KEYS[i])
  local a = attempt
  if value then a = tonumber(string.match(value, '^(%d+)')) end
  if a <= attempt then
    redis.call('SET', KEYS[i], attempt .. ' ' .. ARGV[2 * i] .. ' finished 0', 'PX', ARGV[1])
  end
end
return redis.call('XADD', KEYS[1], '*', 'e', ARGV[2])
"""

# KEYS lease, epoch; ARGV attempt, holder, keep_ms, epoch or ''
_FORESTALL = (
    _IS_EPOCH
    + """
if not is_epoch(KEYS[2], ARGV[4]) then return 0 end
local attempt = tonumber(ARGV[1])
local value = redis.call('GET', KEYS[1])
if value then
  local a, holder, state = string.match(value, '^(%d+) (%S+) (%S+)')
  if tonumber(a) >= attempt then
    if holder == ARGV[2] and state == 'finished' then return 1 end
    return 0
  end
end
redis.call('SET', KEYS[1], attempt .. ' ' .. ARGV[2] .. ' finished 0', 'PX', ARGV[3])
return 1
"""
)

LEDGER = "ledger"
"""The holder's name when the coordinator forestalls an attempt."""


class Leases:
    """The lease scripts over one connection."""

    def __init__(self, redis: Redis, keep_seconds: float) -> None:
        self._redis = redis
        self._keep_ms = int(keep_seconds * 1000)
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._finish = redis.register_script(_FINISH)
        self._forestall = redis.register_script(_FORESTALL)

    def take(
        self,
        task_id: str,
        attempt: int,
        holder: str,
        expires_at_ms: int,
        started: bytes = b"",
        epoch: str = "",
    ) -> Claim:
        """Take the lease and, in the same step, put `started` on the outcome stream."""
        return self.take_all([(task_id, attempt)], holder, expires_at_ms, started, epoch)[0]

    def take_all(
        self,
        wanted: Sequence[tuple[str, int]],
        holder: str,
        expires_at_ms: int,
        started: bytes = b"",
        epoch: str = "",
    ) -> list[Claim]:
        """Take several leases in one step. More than one are `shared`: if their holder dies,
        which of them had begun is not known."""
        names = [keys.OUTCOMES, keys.EPOCH]
        args: list[Any] = [holder, expires_at_ms, self._keep_ms, started, epoch]
        for task_id, attempt in wanted:
            names += [keys.lease(task_id), keys.cancel(task_id)]
            args.append(attempt)
        answer = cast("list[object]", self._take(keys=names, args=args))
        return [Claim(_text(claim)) for claim in answer]

    def renew(self, task_id: str, attempt: int, holder: str, renewals: int) -> Renewal:
        """Keep the lease. A missing key is made again, but never over a higher attempt."""
        names = [keys.lease(task_id), keys.cancel(task_id)]
        return Renewal(
            _text(self._renew(keys=names, args=[attempt, holder, renewals, self._keep_ms]))
        )

    def finish(self, ended: list[tuple[str, int, str]], events: bytes) -> None:
        """Mark `(task_id, attempt, holder)` finished and emit their outcomes in one step.

        The events are emitted whatever the leases say: the ledger decides what they are worth.
        """
        names = [keys.OUTCOMES, *(keys.lease(task_id) for task_id, _, _ in ended)]
        args: list[Any] = [self._keep_ms, events]
        for _, attempt, holder in ended:
            args += [attempt, holder]
        self._finish(keys=names, args=args)

    def forestall(self, task_id: str, attempt: int, epoch: str = "") -> bool:
        """For the coordinator: end an attempt before anyone has begun it. False if too late, or
        if the broker has lost what it knew in the epoch that the attempt was dispatched in."""
        names = [keys.lease(task_id), keys.EPOCH]
        return bool(self._forestall(keys=names, args=[attempt, LEDGER, self._keep_ms, epoch]))


def _text(answer: object) -> str:
    return answer.decode() if isinstance(answer, bytes) else str(answer)
