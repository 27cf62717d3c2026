"""How outcomes leave a pool child: first to disk, then to the stream, several at a time."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from dataclasses import dataclass

from redis import Redis
from redis.exceptions import ConnectionError, RedisError

from executors.board import Slot
from executors.executor import Executor
from executors.hold import Claimed, Hold
from executors.logs import LogCollector
from executors.record import Record
from executors.spool import Spool
from ygg.blobs import Blobs, BlobsFull
from ygg.broker import connect
from ygg.lease import Leases
from ygg.stream import emit_logs, pack_events, pack_logs
from ygg.task import Ending, Finished, LogChunk, LogSummary, NamedBlob, Outcome

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 0.02
_NO_LOG = LogSummary()


@dataclass(frozen=True)
class _Ended:
    claimed: Claimed
    outcome: Outcome
    blob_folder: str


class Reporter:
    def __init__(
        self, executor: Executor, redis: Redis, leases: Leases, spool: Spool, slot: Slot
    ) -> None:
        self._executor = executor
        self._redis = redis
        self._leases = leases
        self._spool = spool
        self._slot = slot
        self._ended: list[_Ended] = []
        self._chunks: list[LogChunk] = []
        self._flush_at = 0.0
        self._said: list[tuple[Ending, str]] = []

    def add(
        self,
        claimed: Claimed,
        outcome: Outcome,
        *,
        started_at: float | None = None,
        log: LogSummary | None = None,
        blob_folder: str = "",
    ) -> None:
        self._said.append((outcome.ending, outcome.reason))
        ended_at = time.time()
        complete = outcome.model_copy(
            update={"started_at": started_at, "ended_at": ended_at, "log": log or _NO_LOG}
        )
        if not self._ended:
            self._flush_at = time.monotonic() + FLUSH_SECONDS
        self._ended.append(_Ended(claimed, complete, blob_folder))
        if time.monotonic() >= self._flush_at:
            self.flush()

    def said(self) -> str:
        """What the outcomes since the last call amount to."""
        said, self._said = self._said, []
        if len(said) == 1:
            return ": ".join(filter(None, said[0]))
        counts = Counter(ending for ending, _ in said)
        return ", ".join(f"{count} {ending}" for ending, count in counts.items()) or "not run here"

    def add_logs(self, collector: LogCollector) -> LogSummary:
        """The last of an attempt's log, to leave with its outcome."""
        self._chunks += collector.close()
        return collector.summary()

    def send_logs(self, collector: LogCollector) -> LogSummary:
        """The last of an attempt's log, now: what does not get through is in the summary."""
        chunks = collector.close()
        if chunks:
            try:
                emit_logs(self._redis, pack_logs(chunks))
            except RedisError:
                collector.lost(chunks)
        return collector.summary()

    def flush(self) -> None:
        """Returns with the outcomes on disk, and on the stream if the broker answers."""
        if self._chunks:
            chunks, self._chunks = self._chunks, []
            try:
                emit_logs(self._redis, pack_logs(chunks))
            except RedisError as error:
                logger.warning("Logs were dropped: %s", error, extra={"count": len(chunks)})
        if not self._ended:
            return
        ended, self._ended = self._ended, []
        name = self._spool.next_name(len(ended))
        record = self._record(name, ended)
        try:
            self._spool.write(name, record)
        except OSError:
            # Emitted all the same: only a broker that loses it now could make us run it again.
            logger.exception("Cannot write outcomes to disk", extra={"count": len(ended)})
        else:
            self._remove_needless_blobs(ended, record)
        self._slot.finished(len(ended))
        try:
            self._finish(record)
        except RedisError as error:
            logger.warning("Outcomes wait on disk: %s", error, extra={"count": len(ended)})
        with contextlib.suppress(OSError):  # it is tried again, and said, when there is a need
            self._spool.make_ready()

    def _remove_needless_blobs(self, ended: list[_Ended], record: Record) -> None:
        """Those of attempts whose outcome, after all, names none of them."""
        needed = {folder for _, folder in record.blobs}
        for one in ended:
            if one.blob_folder and one.blob_folder not in needed:
                self._spool.remove_blobs(one.blob_folder)

    def _finish(self, record: Record) -> None:
        try:
            self._leases.finish(record.ended, record.events)
        except ConnectionError:  # it was closed while we were idle; doing it twice does no harm
            self._leases.finish(record.ended, record.events)

    def put_blobs(self, outcome: Outcome, attempt: str, hold: Hold) -> Outcome:
        """Make large artifacts readable before the outcome names them, and keep the lease."""
        large = [one for one in outcome.artifacts if one.blob.inline_base64 is None]
        if not large:
            return outcome
        settings = self._executor.settings
        refused: list[NamedBlob] = []
        kept = self._spool.blobs(attempt)
        with connect(settings) as redis:
            blobs = Blobs(redis, settings.delivery)
            for one in large:
                hold.renew()
                try:
                    blobs.put(one.blob.sha256, kept.path(one.blob.sha256), attempt)
                except BlobsFull:
                    refused.append(one)
                except RedisError as error:
                    logger.warning("An artifact waits on disk: %s", error)
                    break
        if not refused:
            return outcome
        warnings = [f"artifact {one.path} was not kept: no room in Redis" for one in refused]
        return outcome.model_copy(
            update={
                "artifacts": tuple(one for one in outcome.artifacts if one not in refused),
                "warnings": (*outcome.warnings, *warnings),
            }
        )

    def _record(self, name: str, ended: list[_Ended]) -> Record:
        events = [
            Finished(
                task_id=one.claimed.task_id,
                attempt=one.claimed.attempt,
                executor=self._executor.name,
                boot=self._executor.boot,
                spool=name,
                outcome=one.outcome,
            )
            for one in ended
        ]
        blobs = [
            (artifact.blob.sha256, one.blob_folder)
            for one in ended
            for artifact in one.outcome.artifacts
            if artifact.blob.inline_base64 is None and one.blob_folder
        ]
        names = [(one.claimed.task_id, one.claimed.attempt, one.claimed.holder) for one in ended]
        return Record(names, pack_events(events), blobs)
