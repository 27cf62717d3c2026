"""How far behind the outcome stream the ledger is."""

from __future__ import annotations

from typing import cast

from redis import Redis

from ygg import keys

_Row = tuple[bytes, dict[bytes, bytes]]


def lag_seconds(redis: Redis) -> float:
    """The age, on the broker's clock, of the oldest event that has not been applied."""
    with redis.pipeline(transaction=True) as pipe:
        pipe.time()
        pipe.xpending(keys.OUTCOMES, keys.GROUP)
        pipe.xinfo_groups(keys.OUTCOMES)
        (seconds, micros), taken, groups = pipe.execute()
    [last] = [found["last-delivered-id"] for found in groups if _name(found) == keys.GROUP]
    unread = cast("list[_Row]", redis.xrange(keys.OUTCOMES, min=b"(" + last, count=1))
    waiting = [entry for entry, _ in unread] + ([taken["min"]] if taken["pending"] else [])
    now = float(seconds) + float(micros) / 1_000_000
    return max((now - int(entry.split(b"-")[0]) / 1000 for entry in waiting), default=0.0)


def _name(group: dict[str, bytes]) -> str:
    return group["name"].decode()
