"""What a language model is asked and what it answers, whoever serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import JsonValue

Role = Literal["system", "user", "assistant"]
Finished = Literal["stop", "length"]
"""It came to an end by itself, or was cut off."""

OnText = Callable[[str], None]
"""Given each piece of an answer as it comes. What it raises ends the answer, at the server too."""


class Enough(Exception):
    """Raised by who is given an answer piece by piece: what came of it so far is the reply."""


def ignore(text: str) -> None:
    """For whom the whole answer is soon enough."""


@dataclass(frozen=True)
class Options:
    """How to answer. What is not said is left to the server."""

    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    """The answer ends before the first of these."""
    schema: Mapping[str, JsonValue] | None = None
    """A JSON schema. The server lets the model write only what fits it."""


@dataclass(frozen=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True)
class Chat:
    """A conversation to go on with."""

    messages: tuple[Message, ...]
    model: str = ""
    """By default the one of the settings."""
    options: Options = field(default=Options())


@dataclass(frozen=True)
class Generate:
    """A text to be continued as it stands, without the model's template for conversations."""

    prompt: str
    model: str = ""
    options: Options = field(default=Options())


@dataclass(frozen=True)
class ModelName:
    name: str
    digest: str = ""
    """SHA-256 of what the server calls the model; empty where it does not say."""


@dataclass(frozen=True)
class Reply:
    text: str
    model: ModelName
    tokens_in: int
    tokens_out: int
    tokens_cached: int | None
    """So many of `tokens_in` the server had read before; nothing where it does not say."""
    seconds: float
    first_text_seconds: float
    """Loading the model and reading the prompt took so long."""
    finished: Finished


@dataclass(frozen=True)
class Vectors:
    vectors: tuple[tuple[float, ...], ...]
    model: ModelName
    tokens_in: int
    seconds: float


@dataclass(frozen=True)
class Count:
    """How many tokens a prompt takes, with what the model's template puts around it."""

    tokens: int
    exact: bool
    """The server counted them. Else it is an estimate, and rather too high."""


class Model(Protocol):
    """A connection to a server of models. Several threads may ask at a time.

    Every call may raise `ModelUnreachable` (try again later), `UnknownModel`, `BadInput` (never as
    it is), `Denied`, and `YggError` when the server failed at it.
    """

    def chat(self, request: Chat, on_text: OnText = ignore) -> Reply: ...

    def generate(self, request: Generate, on_text: OnText = ignore) -> Reply: ...

    def embed(self, texts: Sequence[str], model: str = "") -> Vectors: ...

    def models(self) -> tuple[ModelName, ...]:
        """Those that the server has."""
        ...

    def count(self, request: Chat | Generate) -> Count:
        """What asking this would take; nothing is answered."""
        ...

    def context_tokens(self, model: str = "") -> int | None:
        """The most of a prompt and its answer together; nothing where nobody knows it. What would
        not fit is `BadInput` of the field `models.context_tokens`, and never cut."""
        ...

    def close(self) -> None: ...
