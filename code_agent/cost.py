"""What a task has cost so far."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import JsonValue

from ygg.models.port import ModelName, Reply

Span = tuple[float, float]
"""When something began and when it ended, on this process's clock."""


@dataclass
class Cost:
    """Summed over all calls and checks; answers may come on several threads."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    model_seconds: float = 0.0
    """While at least one question was being answered."""
    check_seconds: float = 0.0
    model: ModelName | None = None
    began: float = field(default_factory=time.monotonic)
    _open: int = 0
    _since: float = 0.0
    _spans: list[Span] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def question_begins(self) -> None:
        with self._lock:
            if not self._open:
                self._since = time.monotonic()
            self._open += 1

    def question_ends(self, reply: Reply | None) -> None:
        with self._lock:
            self._open -= 1
            if not self._open:
                now = time.monotonic()
                self.model_seconds += now - self._since
                self._spans.append((self._since, now))
            self.calls += 1
            if reply is not None:
                self.tokens_in += reply.tokens_in
                self.tokens_out += reply.tokens_out
                self.tokens_cached += reply.tokens_cached or 0
                self.model = reply.model

    def checks_ran(self, spans: Iterable[Span]) -> None:
        """One after the other."""
        with self._lock:
            for began, ended in spans:
                self.check_seconds += ended - began
                self._spans.append((began, ended))

    @property
    def busy_seconds(self) -> float:
        """While a question was being answered, or a check ran, or both: that counts once."""
        with self._lock:
            spans = sorted(self._spans)
        total, until = 0.0, 0.0
        for began, ended in spans:
            total += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return total

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "calls": self.calls,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "tokens_cached": self.tokens_cached,
            "model_seconds": round(self.model_seconds, 3),
            "check_seconds": round(self.check_seconds, 3),
            "busy_seconds": round(self.busy_seconds, 3),
            "seconds": round(self.seconds, 3),
        }
