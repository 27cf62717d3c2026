"""Reading a stream for ever."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from redis.exceptions import RedisError, ResponseError

from ygg.errors import LedgerUnavailable
from ygg.stream import Entry, Reader

logger = logging.getLogger(__name__)

BATCH = 256
BLOCK_SECONDS = 1.0
IDLE_SECONDS = 60.0
"""What another reader took and left for so long is taken over."""


def follow(reader: Reader, take: Callable[[Sequence[Entry]], None], stop: threading.Event) -> None:
    """What we left unacknowledged first, then what is new."""
    fresh = True
    looked = 0.0
    while not stop.is_set():
        try:
            if fresh:
                reader.make_group()
                while entries := reader.pending(BATCH):
                    take(entries)
                fresh = False
            if time.monotonic() - looked > IDLE_SECONDS / 2:
                looked = time.monotonic()
                take(reader.take_over(IDLE_SECONDS, BATCH))
            take(reader.read(BATCH, BLOCK_SECONDS))
        except ResponseError as error:
            # The group is gone with the broker's data: make it again, from the beginning.
            gone = str(error).startswith("NOGROUP")
            if not gone:
                logger.error("cannot read a stream: %s", error, extra={"action": "ingest"})
            fresh = True
            stop.wait(0.2 if gone else 1.0)
        except RedisError:
            fresh = True
            stop.wait(0.5)
        except LedgerUnavailable as error:
            logger.error("events wait: %s", error, extra={"action": "ingest"})
            fresh = True
            stop.wait(1.0)
        except Exception:
            # Our fault. What was read is still unacknowledged and is tried again, at leisure.
            logger.exception("ingest failed", extra={"action": "ingest"})
            fresh = True
            stop.wait(2.0)
