"""Small handlers in the pool child itself, at most a second each."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from executors.handler import INLINE_SECONDS, Handler, Ran, Stopped
from executors.logs import LogCollector
from executors.outcome import bounded, run_handler
from ygg.task import Ending, Envelope, Outcome


class InlineContext:
    """The context of a handler with `bundle=True`: it has a log and nothing else."""

    def __init__(self, envelope: Envelope, make_logs: Callable[[], LogCollector]) -> None:
        self.task_id = envelope.task_id
        self.attempt = envelope.attempt
        self.label = envelope.label
        self.cancelled = False
        self.logs: LogCollector | None = None
        """Made for the few that write any."""
        self._make_logs = make_logs
        self.warnings: list[str] = []

    @property
    def workspace(self) -> Path:
        self._refuse()

    def log(self, text: str) -> None:
        self._collector().note(text if text.endswith("\n") else text + "\n")

    def progress(self, fraction: float, message: str = "") -> None:
        self._collector().progress(fraction, message)

    @property
    def cache(self) -> Path:
        self._refuse()

    @property
    def secrets(self) -> Mapping[str, str]:
        self._refuse()

    def run(self, argv: Sequence[str], **_: object) -> Ran:
        self._refuse()

    def artifact(self, pattern: str) -> None:
        self._refuse()

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def _collector(self) -> LogCollector:
        self.logs = self.logs or self._make_logs()
        return self.logs

    def _refuse(self) -> NoReturn:
        raise RuntimeError(f"{self.label} is declared with bundle=True: it has only a log")


def run_inline(handler: Handler, envelope: Envelope, context: InlineContext) -> Outcome:
    """The soft limit interrupts the handler. One that cannot be interrupted hangs this process,
    which the pool's own time limit then ends."""
    seconds = min(INLINE_SECONDS, envelope.limits.soft_seconds, envelope.limits.hard_seconds)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            outcome = run_handler(handler, envelope.params, context)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Stopped:
        return Outcome(ending=Ending.TIMEOUT, reason=f"took more than {seconds:g} s")
    if context.warnings:
        warnings = (*outcome.warnings, *context.warnings)
        outcome = outcome.model_copy(update={"warnings": warnings})
    return bounded(outcome)


def install_alarm() -> None:
    signal.signal(signal.SIGALRM, _alarm)


def _alarm(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped
