"""One attempt in a process of its own, watched from the pool child.

A single loop pumps what the task writes, renews the lease, looks for a cancel and keeps the
limits. No call in it blocks for longer than the broker's short timeout, so that a deadline is met
within the lease's margin even while the broker is away.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal

from redis import Redis
from redis.exceptions import RedisError

from executors import processes
from executors.board import Board, Slot, Stage
from executors.clock import boottime
from executors.conclusion import ASKED, End, Why, conclude
from executors.context import Attempt
from executors.hold import Hold
from executors.logs import LogCollector
from executors.outcome import failed
from executors.quota import Quota
from executors.runner import be_runner
from ygg import keys
from ygg.labels import PROBE
from ygg.lease import Renewal
from ygg.stream import emit_logs, pack_logs
from ygg.task import Outcome

TICK_SECONDS = 0.1
LOG_SECONDS = 0.25
QUIET_SECONDS = 1.0
"""After the broker did not answer: nothing but the lease asks again before that."""
STOP_SECONDS = 5.0
"""From SIGTERM to SIGKILL."""
HURRY_SECONDS = 1.0
END_SECONDS = 5.0
"""A runner that has reported its outcome may take this long to end."""
REAP_SECONDS = 10.0
_READ_BYTES = 64 * 1024
_CONTROL_BYTES = 16 * 1024 * 1024


class Supervision:
    def __init__(
        self,
        attempt: Attempt,
        *,
        hold: Hold,
        redis: Redis,
        board: Board,
        slot: Slot,
        collector: LogCollector,
        cancel_poll_seconds: float,
    ) -> None:
        self._attempt = attempt
        self._hold = hold
        self._redis = redis
        self._board = board
        # A probe may run while its executor rests.
        probe = attempt.envelope.label == PROBE
        self._ends_at = Stage.DRAIN if probe else Stage.REST
        self._slot = slot
        self._logs = collector
        self._cancel_every = cancel_poll_seconds
        self._cancel_key = keys.cancel(attempt.envelope.task_id)
        self._cancelled = False
        self._quota = Quota(
            attempt.workspace.folder, attempt.settings.executor, _memory_allowed(attempt)
        )
        self._broken: str | None = None
        self._why: Why | None = None
        self._kill_at: float | None = None
        self._outcome: Outcome | None = None
        self._stopped_itself = False
        self._control = b""
        self._next_cancel = self._next_logs = self._quiet_until = 0.0

    def run(self) -> Outcome:
        self._started = boottime()
        code: int | None = None
        with contextlib.ExitStack() as opened:
            selector = opened.enter_context(selectors.DefaultSelector())
            self._pid = self._fork(selector, opened)
            try:
                code = self._watch(selector)
            finally:
                left, killed = self._clear()
                self._slot.look_away()
            self._drain(selector)
        if self._broken is None and self._outcome is not None:
            self._broken = self._quota.broken_at_end()
        return conclude(
            End(
                why=self._why,
                broken=self._broken,
                outcome=self._outcome,
                exit_code=killed if code is None else code,
                left_behind=left if code is not None else 0,
                stopped_itself=self._stopped_itself,
                draining=self._board.stage is not Stage.RUN,
            ),
            self._attempt.envelope.limits,
        )

    def _fork(self, selector: selectors.BaseSelector, opened: contextlib.ExitStack) -> int:
        ends = []
        for name in ("stdout", "stderr", "control"):
            ours, theirs = os.pipe()
            opened.callback(os.close, ours)
            os.set_blocking(ours, False)
            selector.register(ours, selectors.EVENT_READ, name)
            ends.append(theirs)
        pid = os.fork()
        if pid == 0:
            be_runner(self._attempt, *ends)
        for theirs in ends:
            os.close(theirs)
        exited = os.pidfd_open(pid)
        opened.callback(os.close, exited)
        selector.register(exited, selectors.EVENT_READ, "exited")
        return pid

    def _watch(self, selector: selectors.BaseSelector) -> int | None:
        """Until the runner has ended: its exit code; or until it must be killed: nothing."""
        while True:
            self._slot.look()
            code = processes.reap().get(self._pid)
            if code is not None:
                return code
            if self._must_be_killed(boottime()):
                return None
            self._ask_broker(boottime())
            self._keep_quota()
            if self._must_be_killed(boottime()):
                return None
            for key, _ in selector.select(self._pause(boottime())):
                self._pump(selector, key)

    def _pause(self, now: float) -> float:
        started, limits = self._started, self._attempt.envelope.limits
        times = [self._hold.deadline, self._hold.next_renewal, started + limits.hard_seconds]
        if self._why is None:
            times.append(started + limits.soft_seconds)
        if self._kill_at is not None:
            times.append(self._kill_at)
        return max(0.0, min(TICK_SECONDS, min(times) - now))

    # What ends it

    def _must_be_killed(self, now: float) -> bool:
        limits = self._attempt.envelope.limits
        if now >= self._hold.deadline:
            self._why = "lost"
            return True
        if now >= self._started + limits.hard_seconds:
            if self._why in (None, "soft"):
                self._why = "hard"
            return True
        if self._kill_at is not None and now >= self._kill_at:
            return True
        if self._outcome is None:
            self._ask_to_stop(now)
        return False

    def _ask_to_stop(self, now: float) -> None:
        stage = self._board.stage
        if self._cancelled and self._why in (None, "soft"):
            self._terminate("cancel", now + STOP_SECONDS)
        elif stage is Stage.HURRY and self._why != "cancel":
            if self._why != "drain":
                self._terminate("drain", now + HURRY_SECONDS)
            self._kill_at = min(self._kill_at or now, now + HURRY_SECONDS)
        elif self._why is not None:
            return
        elif stage >= self._ends_at and now >= self._board.deadline:
            self._terminate("drain", now + STOP_SECONDS)
        elif now >= self._started + self._attempt.envelope.limits.soft_seconds:
            self._terminate("soft", None)

    def _keep_quota(self) -> None:
        if self._broken is None and self._why is None:
            self._broken = self._quota.broken(
                pid for pid in processes.descendants(os.getpid()) if pid != self._pid
            )
            if self._broken:
                self._why, self._kill_at = "quota", boottime()

    def _terminate(self, why: Why, kill_at: float | None) -> None:
        self._why = why
        self._kill_at = kill_at
        self._logs.note(f"asked to stop: {ASKED[why]}\n")
        processes.signal_group(self._pid, signal.SIGTERM)

    def _clear(self) -> tuple[int, int]:
        """Kill whatever is left of the task: how many there were, and the runner's exit code."""
        left = len(processes.descendants(os.getpid()))
        processes.signal_group(self._pid, signal.SIGKILL)
        stuck, ended = processes.kill_descendants(REAP_SECONDS)
        if stuck:
            self._logs.note(f"{stuck} processes of the task could not be killed\n")
        return left, ended.get(self._pid, -signal.SIGKILL)

    # What it writes

    def _pump(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> bool:
        if key.data == "exited":
            return False
        try:
            data = os.read(key.fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            selector.unregister(key.fd)
            return False
        if key.data == "control":
            self._obey(data)
        else:
            self._logs.write(key.data, data)
        return True

    def _drain(self, selector: selectors.BaseSelector) -> None:
        """All writers are dead: what the pipes still hold."""
        while any(self._pump(selector, key) for key in list(selector.get_map().values())):
            pass

    def _obey(self, data: bytes) -> None:
        *lines, self._control = (self._control + data).split(b"\n")
        if len(self._control) > _CONTROL_BYTES:
            self._control = b""
            self._outcome = failed("the handler reported more than can be read")
        for line in lines:
            try:
                self._report(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                self._logs.note(f"the handler's report cannot be read: {error}\n")

    def _report(self, message: dict[str, object]) -> None:
        if isinstance(text := message.get("log"), str):
            self._logs.note(text)
        elif isinstance(progress := message.get("progress"), list):
            self._logs.progress(float(progress[0]), str(progress[1]))
        elif "outcome" in message:
            self._outcome = Outcome.model_validate(message["outcome"])
            if self._kill_at is None:
                self._kill_at = boottime() + END_SECONDS
        elif "stopped" in message:
            self._stopped_itself = True

    # What the broker is told and asked

    def _ask_broker(self, now: float) -> None:
        if now >= self._hold.next_renewal:
            answer = self._hold.renew()
            if answer is None:
                self._quiet_until = boottime() + QUIET_SECONDS
            elif answer is Renewal.LOST:
                self._why, self._kill_at = "lost", now
            elif answer is Renewal.CANCEL:
                self._cancelled = True
        if now < self._quiet_until:
            return
        try:
            if now >= self._next_cancel:
                self._next_cancel = now + self._cancel_every
                value = self._redis.get(self._cancel_key)
                if value is not None and int(value) >= self._attempt.envelope.attempt:
                    self._cancelled = True
            if now >= self._next_logs and self._logs.waiting:
                self._next_logs = now + LOG_SECONDS
                self._send_logs()
        except RedisError:
            self._quiet_until = boottime() + QUIET_SECONDS

    def _send_logs(self) -> None:
        chunks = self._logs.take()
        if not chunks:
            return
        try:
            emit_logs(self._redis, pack_logs(chunks))
        except RedisError:
            self._logs.lost(chunks)
            raise


def _memory_allowed(attempt: Attempt) -> int | None:
    """Of untrusted commands alone: others are the machine's owner's own."""
    if not attempt.handler.offer.untrusted or attempt.sandbox is None:
        return None
    return attempt.settings.sandbox.memory_bytes
