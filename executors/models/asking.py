"""What the labels that ask a language model share: its settings, its name, how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from executors.handler import Context, Failed, HandlerSettings
from ygg.errors import ModelUnreachable
from ygg.machine_settings import ModelSettings
from ygg.models.connect import connect
from ygg.models.port import Chat, Generate, Model
from ygg.task import Ending, Limits, Outcome

TEXT_LENGTH = 200_000
FILE_BYTES = 4 * 1024 * 1024
INLINE_BYTES = 256 * 1024
"""More than this becomes an artifact."""
HALF_HOUR = Limits(soft_seconds=1800, hard_seconds=1830)

Answer = TypeVar("Answer")


class Models(ModelSettings, HandlerSettings):
    """The table `[models]`. Where it names no adapter, these labels are not offered."""

    section = "models"

    adapter: Literal["ollama", "openai", "embedded"]
    """What speaks to the server: see docs/models.md."""


_NAMED = r"[A-Za-z0-9][A-Za-z0-9._:/@+-]*"
_IN_WORDS = "a model's name: qwen2.5-coder:3b"
OneModel = Annotated[
    str,
    Field(
        pattern=f"^{_NAMED}$",
        max_length=200,
        examples=["qwen2.5-coder:3b"],
        json_schema_extra={"x-allowed": _IN_WORDS},
    ),
]
MaybeModel = Annotated[
    str,
    Field(
        pattern=f"^({_NAMED})?$",
        max_length=200,
        json_schema_extra={"x-allowed": _IN_WORDS},
    ),
]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH)]


def file_text(name: str, context: Context) -> str:
    file = context.workspace / name
    try:
        if file.stat().st_size > FILE_BYTES:
            raise Failed(f"{name} is larger than {FILE_BYTES} bytes")
        found = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Failed(f"cannot read {name}: {error.strerror}", hint="send it with --file") from error
    except UnicodeDecodeError as error:
        raise Failed(f"{name} is not UTF-8") from error
    if not found.strip():
        raise Failed(f"{name} is empty")
    return found


def asked(settings: Models, ask: Callable[[Model], Answer]) -> Answer | Outcome:
    """What the model says; or that it is away, which is not the task's fault."""
    model = None
    try:
        model = connect(settings)
        return ask(model)
    except ModelUnreachable as error:
        return unavailable(error)
    finally:
        if model is not None:
            model.close()


Request = TypeVar("Request", Chat, Generate)


def with_room(model: Model, request: Request, *, named: bool) -> Request:
    """An answer whose length nobody has `named` gets the room that its question leaves."""
    wished, most = request.options.max_tokens, model.context_tokens(request.model)
    if named or wished is None or most is None:
        return request
    left = most - model.count(request).tokens
    if left >= wished or left < 1:  # what leaves no room at all is refused by who asks
        return request
    return replace(request, options=replace(request.options, max_tokens=left))


def unavailable(error: ModelUnreachable) -> Outcome:
    return Outcome(
        ending=Ending.RETURNED, cause="unavailable", reason=error.message, hint=error.hint or ""
    )
