"""A server of language models whose answers a test writes: OpenAI's HTTP API on loopback.

    with ScriptedModel(["first answer", busy(), "third"]) as server:
        model = connect(server.settings)
        ...
    assert server.requests[0].text == "what was asked"

The script is a list, of one answer a question and no more, or a function of the question. An answer
is a text, or one of the classes here. A script that raises, or is asked more often than it has
answers, fails the test at the end of the `with`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal

from tests.scripted_answers import (
    Answer,
    Asked,
    Cut,
    Endless,
    Garbage,
    Refusal,
    Script,
    Scripted,
    busy,
)
from tests.scripted_http import ScriptedServer
from ygg.machine_settings import ModelSettings

__all__ = [
    "Answer",
    "Asked",
    "Cut",
    "Endless",
    "Garbage",
    "Refusal",
    "Script",
    "Scripted",
    "ScriptedModel",
    "busy",
]


class ScriptedModel:
    def __init__(
        self,
        script: Script,
        *,
        name: str = "scripted",
        context_tokens: int = 8192,
        counts: Literal["llama.cpp", "vllm"] | None = "llama.cpp",
        key: str | None = None,
        embeds: Callable[[Sequence[str]], Sequence[Sequence[float]]] | None = None,
        port: int = 0,
    ) -> None:
        self.name = name
        self.context_tokens = context_tokens
        """A prompt that is longer is refused, as llama.cpp does."""
        self.counts = counts
        """In whose way it counts tokens, if it does."""
        self.key = key
        """Whoever brings another is refused."""
        self.embeds = embeds
        """Makes the vectors of texts, if it can."""
        self.requests: list[Asked] = []
        """The questions so far."""
        self.max_at_once = 0
        """The most of them there ever were."""
        self.hung_up = 0
        """Answers whose reader went away."""
        self.stopping = threading.Event()
        self._script = script
        self._being_answered: set[int] = set()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []
        self._server = ScriptedServer(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def at_once(self) -> int:
        """Questions that are being answered now."""
        return len(self._being_answered)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    @property
    def settings(self) -> ModelSettings:
        key = {"api_key": self.key} if self.key else {}
        return ModelSettings.model_validate({"adapter": "openai", "url": self.url, **key})

    def __enter__(self) -> ScriptedModel:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        if kind is None and self._errors:
            raise self._errors[0]

    def asked(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Asked:
        with self._lock:
            found = Asked(next(self._numbers), path, body, headers)
            self.requests.append(found)
            self._being_answered.add(found.number)
            self.max_at_once = max(self.max_at_once, self.at_once)
        return found

    def answered(self, asked: Asked) -> None:
        """Said before the last piece is sent: whoever reads that may ask the next at once."""
        with self._lock:
            self._being_answered.discard(asked.number)

    def answer_to(self, asked: Asked) -> Scripted:
        try:
            if callable(self._script):
                return self._script(asked)
            if asked.number < len(self._script):
                return self._script[asked.number]
            raise AssertionError(f"the script ends before question {asked.number}: {asked.text!r}")
        except BaseException as error:  # noqa: BLE001  raised in the test's own thread
            self._errors.append(error)
            return Refusal(500, f"the script failed: {error!r}")
