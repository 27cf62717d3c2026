"""Leaves a server alone that is away: who asks is told so at once, until one of them gets through.

What is known of the server is a file, for all processes of a machine that use the same folder.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ygg.errors import ModelUnreachable
from ygg.lock import take, text_of_holder

MOST_FAILURES = 3
"""Questions in a row that found it away, each after several tries."""
ALONE_SECONDS = 30.0


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True)

    failures: int = 0
    until: float = 0
    """Of the clock on the wall, which all processes share."""
    said: str = ""
    """What the last failure was."""


class Breaker:
    def __init__(
        self,
        folder: Path,
        *,
        alone_seconds: float = ALONE_SECONDS,
    ) -> None:
        self._file = folder / "away.json"
        self._change = folder / "away.lock"
        self._probe = folder / "probe"
        self._alone_seconds = alone_seconds

    def check(self) -> bool:
        """Raises while it is left alone. True where the next question is to find out."""
        known = self._known()
        if known.failures < MOST_FAILURES:
            return False
        left = known.until - time.time()
        # A clock that was set back must not make it long.
        if 0 < left <= self._alone_seconds or text_of_holder(self._probe) is not None:
            raise self._alone(known, left)
        return True

    @contextmanager
    def question(self) -> Iterator[bool]:
        """Around one that is to be answered; true for the one that is to find out."""
        probe = None
        if self.check():
            probe = take(self._probe, str(os.getpid()), seconds=-1)
            if probe is None:
                raise self._alone(self._known(), 0)
        try:
            with self.noted():
                yield probe is not None
            self._worked()
        finally:
            if probe is not None:
                probe.release()

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Around what may find it away, and says little if it does not."""
        try:
            yield
        except ModelUnreachable as error:
            self._failed(error.message)
            raise

    def _failed(self, said: str) -> None:
        def once_more(known: _Known) -> _Known:
            failures = known.failures + 1
            until = time.time() + self._alone_seconds if failures >= MOST_FAILURES else 0
            return _Known(failures=failures, until=until, said=said)

        self._write(once_more)

    def _worked(self) -> None:
        if self._file.exists():
            self._write(lambda known: _Known())

    def _write(self, change: Callable[[_Known], _Known]) -> None:
        lock = take(self._change, str(os.getpid()))
        if lock is None:
            return  # somebody was halted in the middle; one failure is not counted
        try:
            found = change(self._known())
            if found.failures:
                new = self._file.with_suffix(".new")
                new.write_text(found.model_dump_json(), encoding="utf-8")
                new.replace(self._file)
            else:
                self._file.unlink(missing_ok=True)
        finally:
            lock.release()

    def _known(self) -> _Known:
        try:
            return _Known.model_validate_json(self._file.read_bytes())
        except (FileNotFoundError, ValidationError):
            return _Known()

    def _alone(self, known: _Known, left: float) -> ModelUnreachable:
        return ModelUnreachable(
            f"{known.said} ({known.failures} questions in a row)",
            hint=f"it is asked again in {max(1, math.ceil(left))} s",
        )
