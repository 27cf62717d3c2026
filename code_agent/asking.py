"""One question to the model: whether it fits, what it cost, and a line of telemetry."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from code_agent.cost import Cost
from code_agent.prompt import Prompt
from code_agent.repetition import repeats_from
from code_agent.telemetry import Telemetry
from executors.handler import Failed
from ygg.errors import BadInput
from ygg.models.port import Chat, Enough, Message, Model, Options, Reply

SHORTEST_ANSWER = 64
"""With less room than that there is no point in asking."""
TEMPLATE_TOKENS = 200
"""More than models put around the messages of a question."""
LOOKED_AFTER = 16
"""So many pieces of an answer, each a token of most servers, it is looked whether it has an end."""


@dataclass(frozen=True)
class Sample:
    """How one answer is drawn."""

    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Question:
    """What is asked, in the words of a prompt."""

    prompt: Prompt
    messages: tuple[Message, ...]
    schema: Mapping[str, JsonValue] | None = None
    stop: tuple[str, ...] = ()

    def again(self, answer: str, trouble: str) -> Question:
        """The same, with the answer it got and what was wrong with that."""
        more = (Message("assistant", answer), Message("user", trouble))
        return replace(self, messages=self.messages + more)

    @property
    def digest(self) -> str:
        words = "\x00".join(f"{each.role}\x00{each.text}" for each in self.messages)
        return hashlib.sha256(words.encode(errors="replace")).hexdigest()


class OutOfTokens(Failed):
    """The task has used what it may."""


class _Unwanted(Exception):
    """Nobody waits for this answer any more."""


class _Listening:
    """To an answer as it comes, until nothing more can come of it."""

    def __init__(self, unwanted: threading.Event | None) -> None:
        self._unwanted = unwanted
        self._pieces: list[str] = []

    def __call__(self, piece: str) -> None:
        if self._unwanted is not None and self._unwanted.is_set():
            raise _Unwanted
        self._pieces.append(piece)
        if len(self._pieces) % LOOKED_AFTER == 0 and repeats_from("".join(self._pieces)):
            raise Enough


@dataclass
class Asker:
    """Asks for one task, on any thread."""

    model: Model
    cost: Cost
    telemetry: Telemetry
    name: str = ""
    """By default the model of the settings."""
    answer_tokens: int = 1024
    task_tokens: int = 200_000
    prompts: dict[str, str] = field(default_factory=dict)
    """The version of each prompt that was used."""

    def ask(
        self, question: Question, sample: Sample, unwanted: threading.Event | None = None
    ) -> Reply:
        if self.cost.tokens >= self.task_tokens:
            raise OutOfTokens(
                f"the task has used {self.cost.tokens} tokens",
                "handlers.code.task_tokens says how many it may",
            )
        self.prompts[question.prompt.name] = question.prompt.version
        options = self._options(question, sample, self.room(question))
        chat = Chat(question.messages, self.name, options)
        began = time.monotonic()
        reply = None
        self.cost.question_begins()
        try:
            reply = self.model.chat(chat, _Listening(unwanted))
            return replace(reply, text=reply.text[: repeats_from(reply.text)])
        except BadInput as error:
            raise Failed(error.message, error.hint or "") from error
        finally:
            self.cost.question_ends(reply)
            self._tell(question, sample, reply, time.monotonic() - began)

    def room(self, question: Question) -> int:
        """How long the answer may be: less than usual where the question leaves no more.

        The server is asked to count only what may be too long: no token is shorter than a byte.
        """
        most = self.model.context_tokens(self.name)
        length = sum(len(each.text.encode(errors="replace")) for each in question.messages)
        if most is None or length + TEMPLATE_TOKENS + self.answer_tokens <= most:
            return self.answer_tokens
        left = most - self.model.count(Chat(question.messages, self.name)).tokens
        return min(left, self.answer_tokens)

    def _options(self, question: Question, sample: Sample, room: int) -> Options:
        if room < SHORTEST_ANSWER:
            raise Failed(
                f"the question leaves {max(room, 0)} tokens for an answer",
                "name fewer or smaller files, or raise models.context_tokens",
            )
        return Options(
            max_tokens=room,
            temperature=sample.temperature,
            seed=sample.seed,
            stop=question.stop,
            schema=question.schema,
        )

    def _tell(
        self, question: Question, sample: Sample, reply: Reply | None, seconds: float
    ) -> None:
        answer: dict[str, JsonValue] = {"answered": reply is not None}
        if reply is not None:
            answer |= {
                "model": reply.model.name,
                "tokens_in": reply.tokens_in,
                "tokens_out": reply.tokens_out,
                "tokens_cached": reply.tokens_cached,
                "finished": reply.finished,
            }
        self.telemetry.write(
            "call",
            prompt=question.prompt.name,
            prompt_version=question.prompt.version,
            prompt_sha256=question.prompt.digest,
            question_sha256=question.digest,
            temperature=sample.temperature,
            seed=sample.seed,
            seconds=round(seconds, 3),
            **answer,
        )
