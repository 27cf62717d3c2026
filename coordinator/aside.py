"""What nobody can read or store goes aside, so that it keeps nothing else waiting."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, ProgrammingError

from coordinator.ledger import Ledger, unreadable
from coordinator.ledger.unreadable import Aside
from ygg.errors import LedgerUnavailable
from ygg.task import Ending, Event, Finished, storable

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

UNAVAILABLE = (RedisError, LedgerUnavailable, ProgrammingError, OSError, MemoryError)
"""Troubles that say nothing about an event: it waits until they are over. A table that is not as
we know it is one of them."""
EXECUTOR_LENGTH = 100
"""As long as the ledger's name of an executor may be."""
REASON_LENGTH = 500


def isolate(
    items: Sequence[_T],
    commit: Callable[[Sequence[_T]], None],
    refuse: Callable[[_T, Exception], None],
) -> None:
    """Commit all of them at once. When that fails, those that fail by themselves are refused,
    whatever the reason: one event must not keep all later ones waiting."""
    if not items:
        return
    try:
        commit(items)
    except UNAVAILABLE:
        raise
    except Exception as error:  # noqa: BLE001  who refuses it, says so
        if len(items) == 1:
            refuse(items[0], error)
            return
        middle = len(items) // 2
        isolate(items[:middle], commit, refuse)
        isolate(items[middle:], commit, refuse)


def set_aside(ledger: Ledger, found: Sequence[Aside]) -> None:
    if not found:
        return
    for one in found:
        logger.error("an event is set aside: %s", one.error, extra={"action": "unreadable"})
    with ledger.write() as connection:
        unreadable.keep(connection, found, time.time())


def instead(fields: Mapping[str, object], why: str) -> list[Event]:
    """An end for the attempt whose outcome is set aside: run again, it would end as before."""
    outcome = {
        "ending": Ending.ERROR,
        "reason": f"its outcome could not be stored: {why}",
        "hint": "the ledger's table `unreadable` has it as it came",
    }
    executor = str(storable(fields.get("executor", "")))[:EXECUTOR_LENGTH]
    try:
        return [Finished.model_validate({**fields, "executor": executor, "outcome": outcome})]
    except ValidationError:
        return []  # nobody's outcome, as far as can be known


def give_up(event: Event, error: Exception) -> None:
    logger.error("nothing ends its attempt: %s", brief(error), extra={"action": "unreadable"})


def brief(error: Exception) -> str:
    """One line that a person can read."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"[:REASON_LENGTH]
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig  # without the statement
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:REASON_LENGTH]
