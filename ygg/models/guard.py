"""Keeps those who ask a model from asking more than its server can take, or when it is away."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ygg.errors import ModelUnreachable
from ygg.models.breaker import ALONE_SECONDS, Breaker
from ygg.models.port import (
    Chat,
    Count,
    Generate,
    Model,
    ModelName,
    OnText,
    Reply,
    Vectors,
    ignore,
)
from ygg.models.slots import Closed, Slots

PAUSES = (0.5, 1.0, 2.0)
"""Seconds before it is tried again, at most: several that were refused come back one by one."""
TRY_SECONDS = 10.0
"""Nothing is tried again after so long; the task can wait better elsewhere."""

Answer = TypeVar("Answer")


class Guarded:
    """A model whose questions wait for a slot, are tried again while its server is busy, and are
    not asked at all while it is away.

    `close` ends what other threads wait for, and their answers at the next word.
    """

    def __init__(
        self, model: Model, folder: Path, most: int, *, alone_seconds: float = ALONE_SECONDS
    ) -> None:
        self._model = model
        self._slots = Slots(folder, most)
        self._breaker = Breaker(folder, alone_seconds=alone_seconds)
        self._ended = threading.Event()
        self._calls = 0
        self._lock = threading.Lock()

    def chat(self, request: Chat, on_text: OnText = ignore) -> Reply:
        return self._asked(lambda heard: self._model.chat(request, heard), on_text)

    def generate(self, request: Generate, on_text: OnText = ignore) -> Reply:
        return self._asked(lambda heard: self._model.generate(request, heard), on_text)

    def embed(self, texts: Sequence[str], model: str = "") -> Vectors:
        return self._asked(lambda _: self._model.embed(texts, model), ignore)

    def models(self) -> tuple[ModelName, ...]:
        return self._looked_up(self._model.models)

    def count(self, request: Chat | Generate) -> Count:
        return self._looked_up(lambda: self._model.count(request))

    def context_tokens(self, model: str = "") -> int | None:
        return self._looked_up(lambda: self._model.context_tokens(model))

    def close(self) -> None:
        self._ended.set()
        with self._lock:
            idle = self._calls == 0
        if idle:
            self._model.close()

    def _asked(self, ask: Callable[[OnText], Answer], on_text: OnText) -> Answer:
        heard = _Heard(on_text, self._ended)
        self._breaker.check()  # nobody waits for a turn in vain
        with (
            self._call(),
            self._slots.one(self._ended),
            self._breaker.question() as is_probe,
        ):
            return self._tried(lambda: ask(heard), lambda: is_probe or heard.anything)

    def _looked_up(self, ask: Callable[[], Answer]) -> Answer:
        """No work for the model, so that it needs no slot; nor does it show that it works."""
        self._breaker.check()
        with self._call(), self._breaker.noted():
            return self._tried(ask, lambda: False)

    def _tried(self, ask: Callable[[], Answer], is_final: Callable[[], bool]) -> Answer:
        over = time.monotonic() + TRY_SECONDS
        for pause in PAUSES:
            try:
                return ask()
            except ModelUnreachable:
                if is_final() or time.monotonic() + pause > over:
                    raise
            if self._ended.wait(pause * random.uniform(0.5, 1)):  # noqa: S311  no secret
                raise Closed("the connection to the model was closed")
        return ask()

    @contextmanager
    def _call(self) -> Iterator[None]:
        """The last one out closes what was closed meanwhile: a socket in use must stay open."""
        with self._lock:
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1
                last = self._calls == 0 and self._ended.is_set()
            if last:
                self._model.close()


class _Heard:
    """Passes an answer on, and knows whether there was any of it."""

    def __init__(self, on_text: OnText, ended: threading.Event) -> None:
        self._on_text = on_text
        self._ended = ended
        self.anything = False

    def __call__(self, text: str) -> None:
        if self._ended.is_set():
            raise Closed("the connection to the model was closed")
        self.anything = True
        self._on_text(text)
