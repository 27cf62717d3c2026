"""`llm-generate`, `llm-chat`: ask the machine's language model, whoever serves it."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Annotated

from pydantic import Field, JsonValue

from executors.handler import Context, Failed, Params, WorkspacePath, handler
from executors.models.asking import (
    HALF_HOUR,
    INLINE_BYTES,
    TEXT_LENGTH,
    MaybeModel,
    Models,
    Text,
    asked,
    file_text,
    with_room,
)
from ygg.errors import YggError
from ygg.models.json_answers import Form
from ygg.models.port import Chat, Generate, Message, Model, OnText, Options, Reply, Role
from ygg.task import Outcome

MOST_TOKENS = 32_768

Files = Annotated[list[WorkspacePath], Field(max_length=50)]


class Answering(Params):
    """How to answer, whatever was asked."""

    model: MaybeModel = ""
    """By default the one that the machine's settings name."""
    files: Files = Field(default=[], examples=[["notes.txt"]])
    """Input files whose text follows the question, each under its name."""
    max_tokens: int = Field(default=2048, ge=1, le=MOST_TOKENS)
    """The answer is cut off there; where nothing is said, at the end of the model's context too."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """0 for the most likely answer, more for livelier ones; by default as the server likes."""
    seed: int | None = Field(default=None, ge=0, lt=2**31)
    """The same seed, model and question give the same answer, as far as the server keeps to it."""
    stop: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        default=[], max_length=4
    )
    """The answer ends before the first of these."""
    form: dict[str, JsonValue] | None = Field(
        default=None,
        alias="schema",
        max_length=100,
        examples=[{"type": "object", "properties": {"city": {"type": "string"}}}],
    )
    """A JSON schema: the answer is JSON that fits it, or the task fails."""

    @property
    def says_length(self) -> bool:
        return "max_tokens" in self.model_fields_set

    def options(self) -> Options:
        return Options(
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=self.seed,
            stop=tuple(self.stop),
            schema=self.form,
        )


class Prompt(Answering):
    prompt: Text = Field(examples=["Name three trees."])
    """What is asked."""
    system: str = Field(default="", max_length=TEXT_LENGTH, examples=["Answer in one word."])
    """How the model is to behave."""
    raw: bool = False
    """Go on with the prompt as it stands, instead of answering it."""


class Said(Params):
    role: Role
    """Who says it."""
    content: Text
    """What is said."""


class Conversation(Answering):
    messages: list[Said] = Field(
        min_length=1,
        max_length=200,
        examples=[[{"role": "user", "content": "Name three trees."}]],
    )
    """What was said so far; the model goes on."""


@handler(
    "llm-generate",
    summary="Ask the language model one question, or have it continue a text.",
    limits=HALF_HOUR,
    examples=[
        {"prompt": "Name three trees.", "max_tokens": 100},
        {
            "prompt": "def add(a, b):",
            "raw": True,
            "stop": ["\n\n"],
            "temperature": 0,
            "max_tokens": 100,
        },
    ],
    commands=(
        "ygg submit --label llm-generate --file notes.txt "
        '--param prompt="What is this about?" --param files=\'["notes.txt"]\' '
        "--param max_tokens=100 --wait",
    ),
)
def generate(params: Prompt, context: Context, settings: Models) -> Outcome | JsonValue:
    prompt = params.prompt + _appended(params.files, context)
    if params.raw:
        if params.system:
            raise Failed("a raw prompt has no system message", hint="put it into the prompt")
        text = Generate(prompt, params.model, params.options())
        return _answer(
            params,
            context,
            settings,
            lambda model, say: model.generate(
                with_room(model, text, named=params.says_length), say
            ),
        )
    system = [Message("system", params.system)] if params.system else []
    return _chat(params, context, settings, (*system, Message("user", prompt)))


@handler(
    "llm-chat",
    summary="Let the language model go on with a conversation.",
    limits=HALF_HOUR,
    examples=[
        {
            "messages": [
                {"role": "system", "content": "Answer in one word."},
                {"role": "user", "content": "The highest tree?"},
            ],
            "max_tokens": 100,
        }
    ],
)
def chat(params: Conversation, context: Context, settings: Models) -> Outcome | JsonValue:
    said = [Message(each.role, each.content) for each in params.messages]
    said[-1] = Message(said[-1].role, said[-1].text + _appended(params.files, context))
    return _chat(params, context, settings, tuple(said))


def _chat(
    params: Answering, context: Context, settings: Models, messages: tuple[Message, ...]
) -> Outcome | JsonValue:
    so_far = Chat(messages, params.model, params.options())
    return _answer(
        params,
        context,
        settings,
        lambda model, say: model.chat(with_room(model, so_far, named=params.says_length), say),
    )


def _answer(
    params: Answering,
    context: Context,
    settings: Models,
    ask: Callable[[Model, OnText], Reply],
) -> Outcome | JsonValue:
    form = Form(params.form) if params.form is not None else None
    reply = asked(settings, lambda model: ask(model, _Live(context, params.max_tokens)))
    if isinstance(reply, Outcome):
        return reply
    print(file=sys.stderr)  # the log's next line is not the model's
    found = _told(reply, context)
    if form is None:
        if reply.finished == "length":
            context.warn(f"the answer was cut off at {reply.tokens_out} tokens")
        return found
    try:
        return found | {"answer": form.read(reply.text)}
    except YggError as error:
        raise Failed(error.message, hint=error.hint or "", result=found) from error


class _Live:
    """Shows an answer while it is written: beside the result, which has it as a whole."""

    def __init__(self, context: Context, most_tokens: int) -> None:
        self._context = context
        self._most = most_tokens
        self._pieces = itertools.count(1)

    def __call__(self, text: str) -> None:
        print(text, end="", flush=True, file=sys.stderr)
        written = next(self._pieces)
        # A piece is a token, nearly always; and most answers end before they are cut off.
        self._context.progress(min(written / self._most, 0.99), f"{written} tokens")


def _told(reply: Reply, context: Context) -> dict[str, JsonValue]:
    text = reply.text
    if len(text.encode()) > INLINE_BYTES:
        (context.workspace / "answer.txt").write_text(text, encoding="utf-8")
        context.artifact("answer.txt")
        context.warn("the whole answer is in the artifact answer.txt")
        text = text.encode()[:INLINE_BYTES].decode(errors="ignore")
    return {
        "text": text,
        "finished": reply.finished,
        "model": reply.model.name,
        "digest": reply.model.digest,
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "seconds": reply.seconds,
        "first_text_seconds": reply.first_text_seconds,
    }


def _appended(names: list[str], context: Context) -> str:
    return "".join(f"\n\n{name}:\n```\n{file_text(name, context)}\n```" for name in names)
