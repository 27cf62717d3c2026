"""An answer while it is written."""

from __future__ import annotations

import time

from ygg.models.port import Finished, ModelName, OnText, Reply


class Draft:
    """Passes each piece on, and knows in the end what came and how long it took."""

    def __init__(self, on_text: OnText) -> None:
        self._on_text = on_text
        self._pieces: list[str] = []
        self._started = time.monotonic()
        self._first_text_seconds: float | None = None
        self.tokens_in = 0
        self.tokens_out: int | None = None
        """Until the server says, every piece counts as one."""
        self.tokens_cached: int | None = None
        self.finished: Finished = "stop"

    def add(self, text: str) -> None:
        if not text:
            return
        if self._first_text_seconds is None:
            self._first_text_seconds = self._seconds()
        self._pieces.append(text)
        self._on_text(text)

    def cut(self, tokens_in: int) -> None:
        """Nobody wants more of it, and the server said nothing yet of what it took."""
        self.tokens_in = tokens_in
        self.finished = "length"

    def reply(self, model: ModelName) -> Reply:
        seconds = self._seconds()
        return Reply(
            text="".join(self._pieces),
            model=model,
            tokens_in=self.tokens_in,
            tokens_out=len(self._pieces) if self.tokens_out is None else self.tokens_out,
            tokens_cached=self.tokens_cached,
            seconds=seconds,
            first_text_seconds=seconds
            if self._first_text_seconds is None
            else self._first_text_seconds,
            finished=self.finished,
        )

    def _seconds(self) -> float:
        return round(time.monotonic() - self._started, 3)
