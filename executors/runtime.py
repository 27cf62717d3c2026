"""What a pool child does with a message: each task leased, run, spooled and reported.

Outcomes of a bundle leave together, every few milliseconds, in one file and one step.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence

from pydantic import ValidationError
from redis.exceptions import RedisError

from executors.board import Slot, Stage
from executors.clock import boottime
from executors.context import Attempt
from executors.executor import Executor
from executors.families import Places
from executors.handler import INLINE_SECONDS, Handler
from executors.hold import Claimed, Hold
from executors.inline import InlineContext, run_inline
from executors.logs import NO_SECRETS, Allowance, LogCollector
from executors.redact import Redactor
from executors.report import Reporter
from executors.sandbox import NoSandbox
from executors.secrets import read_secrets
from executors.spool import Spool
from executors.supervise import Supervision
from executors.workspace import Workspace
from ygg.blobs import attempt_name
from ygg.broker_link import link
from ygg.labels import PROBE
from ygg.lease import Claim, Leases
from ygg.stream import pack_events
from ygg.tags import lacking
from ygg.task import Ending, Envelope, Message, Outcome, Started

logger = logging.getLogger(__name__)

LEASED_TOGETHER = 16
"""Tasks of a bundle that are leased in one step, a round trip for all."""
TAKE_SECONDS = 10.0
"""So long a task waits for a broker that does not answer before it is left to the ledger."""


class Runtime:
    """Everything of one pool child. Made after the fork: connections are not for sharing."""

    def __init__(self, executor: Executor, slot: Slot) -> None:
        settings = executor.settings
        self._executor = executor
        self._settings = settings
        self._delivery = settings.delivery
        self._board = executor.board
        self._slot = slot
        # A call may take this twice, to connect and to read, and the margin must outlast it.
        timeout = min(1.0, self._delivery.margin_seconds / 4)
        self._redis = link(settings, timeout)
        self._leases = Leases(self._redis, self._delivery.keep_seconds)
        self._spool = Spool(settings.spool_dir, executor.boot)
        self._reporter = Reporter(executor, self._redis, self._leases, self._spool, slot)
        self._allowance = Allowance(settings.executor.log_rate_bytes)
        self._usable_seconds = self._delivery.lease_seconds - self._delivery.margin_seconds
        self._deliveries = 0
        self._places = Places(settings.run_dir, settings.executor.families)

    def obey(self, payload: object) -> str:
        """Run the tasks of a message. Never raises for what a message or a task is.

        What came of them is said in a few words, for people.
        """
        try:
            message = Message.model_validate(payload)
        except ValidationError:
            logger.exception("A message cannot be read", extra={"action": "refuse"})
            return "not run: the message cannot be read"
        self._deliveries += 1
        holder = f"{self._executor.name}/{self._executor.boot}/{os.getpid()}/{self._deliveries}"
        try:
            for part in self._parts(message):
                if self._board.stage >= Stage.DRAIN:
                    logger.info("Not begun: draining", extra={"action": "drop"})
                    break
                self._run_part(part, holder, message)
        finally:
            self._slot.end()
            self._reporter.flush()
        return self._reporter.said()

    def _run_part(self, part: Sequence[Envelope], holder: str, message: Message) -> None:
        with self._places.one_for(part[0].label, self._goes_on) as allowed:
            # What a resting executor still gets was on its way: it goes back at once.
            wanted = allowed or self._board.stage is Stage.REST
            for envelope, claimed in self._take(part, holder, message) if wanted else ():
                self._slot.begin()
                self._run(envelope, claimed)
                self._slot.end()

    def _goes_on(self) -> bool:
        return self._board.stage is Stage.RUN

    def _may_begin(self, envelope: Envelope) -> bool:
        stage = self._board.stage
        return stage is Stage.RUN or (stage is Stage.REST and envelope.label == PROBE)

    def _parts(self, message: Message) -> Iterator[Sequence[Envelope]]:
        """What is leased together: a task alone, or as many small ones as end within the lease."""
        delivery = self._delivery
        most = int((delivery.lease_seconds - delivery.margin_seconds) / INLINE_SECONDS)
        size = max(1, min(LEASED_TOGETHER, most))
        part: list[Envelope] = []
        for envelope in message.envelopes:
            small = self._is_small(envelope)
            if part and (not small or len(part) == size):
                yield part
                part = []
            part.append(envelope)
            if not small:
                yield part
                part = []
        if part:
            yield part

    def _is_small(self, envelope: Envelope) -> bool:
        handler = self._handler(envelope)
        return handler is None or _inline(handler, envelope)

    def _run(self, envelope: Envelope, claimed: Claimed) -> None:
        handler = self._handler(envelope)
        if not self._may_begin(envelope):
            outcome = Outcome(ending=Ending.RETURNED, cause="drain", reason="not begun: draining")
            self._reporter.add(claimed, outcome)
        elif handler is None:
            reason = f"{self._executor.name} does not offer {envelope.label}"
            outcome = Outcome(ending=Ending.RETURNED, cause="not_offered", reason=reason)
            self._reporter.add(claimed, outcome)
        elif not _inline(handler, envelope):
            self._reporter.flush()
            self._run_apart(handler, envelope, claimed)
        elif boottime() - claimed.asked_at > self._usable_seconds:
            # We were frozen on the way here: it may be another's by now.
            logger.warning("Not begun: its lease is over", extra=_names(envelope, "drop"))
        else:
            self._run_inline(handler, envelope, claimed)

    def _handler(self, envelope: Envelope) -> Handler | None:
        able = not lacking(envelope.requires, self._settings.executor.all_tags)
        return self._executor.handlers.get(envelope.label) if able else None

    def _take(
        self, part: Sequence[Envelope], holder: str, message: Message
    ) -> list[tuple[Envelope, Claimed]]:
        """Those of the tasks whose lease is ours now."""
        wanted = [(envelope.task_id, envelope.attempt) for envelope in part]
        started = self._started(part[0]) if len(part) == 1 else b""
        # Dated from the first try: one whose answer was lost may have taken the lease.
        asked_at = boottime()
        patience = min(TAKE_SECONDS, self._delivery.lease_seconds / 3)
        while True:
            try:
                claims = self._leases.take_all(
                    wanted, holder, message.expires_at_ms, started, message.epoch
                )
                break
            except RedisError as error:
                self._reporter.flush()
                if boottime() - asked_at > patience or self._board.stage is not Stage.RUN:
                    logger.warning("Cannot lease: %s", error, extra=_names(part[0], "drop"))
                    return []
                time.sleep(0.2)
        found = []
        for envelope, claim in zip(part, claims, strict=True):
            claimed = Claimed(envelope.task_id, envelope.attempt, holder, asked_at=asked_at)
            if claim is Claim.TAKEN:
                found.append((envelope, claimed))
            elif claim is Claim.CANCELLED:
                outcome = Outcome(ending=Ending.CANCELLED, reason="cancelled before it began")
                self._reporter.add(claimed, outcome)
            else:
                logger.info("Refused: %s", claim.value, extra=_names(envelope, "refuse"))
        return found

    def _run_inline(self, handler: Handler, envelope: Envelope, claimed: Claimed) -> None:
        started_at = time.time()
        context = InlineContext(envelope, lambda: self._collector(envelope))
        outcome = run_inline(handler, envelope, context)
        log = self._reporter.add_logs(context.logs) if context.logs else None
        self._reporter.add(claimed, outcome, started_at=started_at, log=log)

    def _run_apart(self, handler: Handler, envelope: Envelope, claimed: Claimed) -> None:
        started_at = time.time()
        name = attempt_name(envelope.task_id, envelope.attempt)
        workspace = Workspace(self._executor.work_dir / name)
        secrets = read_secrets(self._settings.secrets, envelope.label)
        redactor = Redactor(secrets.values())
        collector = self._collector(envelope, redactor)
        hold = Hold(claimed, self._leases, self._delivery)
        attempt = Attempt(
            envelope=envelope,
            handler=handler,
            settings=self._settings,
            workspace=workspace,
            kept=self._spool.blobs(name),
            sandbox=self._executor.sandbox,
            secrets=secrets,
            supervisor=os.getpid(),
            mark=self._executor.boot,
        )
        try:
            workspace.make()
            outcome = Supervision(
                attempt,
                hold=hold,
                redis=self._redis,
                board=self._board,
                slot=self._slot,
                collector=collector,
                cancel_poll_seconds=self._delivery.cancel_poll_seconds,
            ).run()
            outcome = self._reporter.put_blobs(redactor.outcome(outcome), name, hold)
        except OSError as error:
            logger.exception("Cannot run a task", extra=_names(envelope, "run"))
            reason = f"{self._executor.name} cannot run it: {error}"
            outcome = Outcome(ending=Ending.RETURNED, cause="unavailable", reason=reason)
        log = self._reporter.send_logs(collector)
        self._reporter.add(claimed, outcome, started_at=started_at, log=log, blob_folder=name)
        self._reporter.flush()
        self._put_away(workspace, outcome)

    def _put_away(self, workspace: Workspace, outcome: Outcome) -> None:
        sandbox = self._executor.sandbox
        if outcome.ending is not Ending.OK and sandbox and not isinstance(sandbox, NoSandbox):
            sandbox.sweep(workspace.folder.name)
        keep = self._settings.executor.keep_workspaces
        if keep == "always" or (keep == "failed" and outcome.ending is not Ending.OK):
            workspace.keep(self._executor.kept_dir)
        else:
            workspace.remove()

    def _collector(self, envelope: Envelope, redactor: Redactor = NO_SECRETS) -> LogCollector:
        return LogCollector(
            envelope.task_id,
            envelope.attempt,
            limit_bytes=self._settings.executor.log_limit_bytes,
            allowance=self._allowance,
            redactor=redactor,
        )

    def _started(self, envelope: Envelope) -> bytes:
        """The event of a start worth telling: a small task's end follows at once."""
        if self._is_small(envelope):
            return b""
        event = Started(
            task_id=envelope.task_id,
            attempt=envelope.attempt,
            executor=self._executor.name,
            at=time.time(),
        )
        return pack_events([event])


def _inline(handler: Handler, envelope: Envelope) -> bool:
    return handler.offer.bundle and not envelope.inputs


def _names(envelope: Envelope, action: str) -> dict[str, object]:
    return {
        "action": action,
        "task_id": envelope.task_id,
        "attempt": envelope.attempt,
        "label": envelope.label,
    }
