"""What a scripted model is asked, and what it may answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A question, as it came."""

    number: int
    """From 0, in the order in which they came."""
    path: str
    """`/v1/chat/completions` or `/v1/completions`."""
    body: dict[str, Any]
    """All of it."""
    headers: dict[str, str]
    """By lower-case names."""

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Who said what; a text to be continued is said by the user."""
        if "prompt" in self.body:
            return [("user", self.body["prompt"])]
        return [(each["role"], each["content"]) for each in self.body["messages"]]

    @property
    def text(self) -> str:
        """What was said last: the question."""
        return self.messages[-1][1]

    @property
    def whole(self) -> str:
        """All that was said, whoever said it."""
        return "\n".join(text for _, text in self.messages)

    @property
    def temperature(self) -> float | None:
        return self.body.get("temperature")

    @property
    def seed(self) -> int | None:
        return self.body.get("seed")

    @property
    def max_tokens(self) -> int | None:
        return self.body.get("max_tokens")

    @property
    def schema(self) -> dict[str, Any] | None:
        """What the answer must fit, if it was asked to be JSON."""
        found: dict[str, Any] | None = (
            self.body.get("response_format", {}).get("json_schema", {}).get("schema")
        )
        return found


@dataclass(frozen=True)
class Answer:
    """A text, and how it comes. `max_tokens` cuts it off, as a server would."""

    text: str
    tokens_in: int | None = None
    """What the server says of it; by default what it counts."""
    tokens_cached: int | None = None
    """By default it does not say."""
    seconds: float = 0
    """How long it thinks before the first word."""
    piece_seconds: float = 0
    """How long it takes for each word."""
    until: threading.Event | None = None
    """It says its first word, and the rest once this is set."""


@dataclass(frozen=True)
class Endless:
    """The same text over and over, until `max_tokens` or until the reader hangs up."""

    text: str = "and so on "
    piece_seconds: float = 0


@dataclass(frozen=True)
class Cut:
    """Some text, and then the connection ends in the middle of the answer."""

    text: str = ""


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no answer, where the answer should be."""

    body: bytes = b'data: {"choices": [{"delta": {"content": "half\n\n'


@dataclass(frozen=True)
class Refusal:
    """An HTTP status and what it says instead of an answer."""

    status: int
    message: str
    headers: dict[str, str] = field(default_factory=dict)


def busy() -> Refusal:
    return Refusal(503, "Loading model")


Scripted = str | Answer | Endless | Cut | Garbage | Refusal
Script = Sequence[Scripted] | Callable[[Asked], Scripted]


def tokens_of(text: str) -> list[str]:
    """What a scripted model takes for tokens: a word or a sign, with the blanks before it."""
    return re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", text)
