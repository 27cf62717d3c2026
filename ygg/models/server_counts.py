"""Servers that count tokens themselves, each kind at a place of its own beside OpenAI's API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from ygg.errors import ModelUnreachable, YggError
from ygg.models.http import Server
from ygg.models.port import Chat, Generate

Kind = Literal["llama.cpp", "vllm", "neither"]
Answer = TypeVar("Answer", bound=BaseModel)


class _Generation(BaseModel):
    n_ctx: int


class _Props(BaseModel):
    default_generation_settings: _Generation


class _Rendered(BaseModel):
    prompt: str


class _Tokens(BaseModel):
    tokens: tuple[int, ...]


class _Counted(BaseModel):
    count: int
    max_model_len: int


class ServerCounts:
    """Nothing, where the server has no way of counting that we know."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._root = server.where.url.removesuffix("/v1")
        self._kind: Kind | None = None
        self._context_tokens: int | None = None

    def context_tokens(self) -> int | None:
        """Of llama.cpp; vLLM lists it with its models."""
        if self._kind is None:
            found = self._tried(lambda: self._get("props", _Props))
            self._kind = "vllm" if found is None else "llama.cpp"  # until it shows to be neither
            if found is not None:
                self._context_tokens = found.default_generation_settings.n_ctx
        return self._context_tokens

    def count(self, request: Chat | Generate, model: str) -> int | None:
        self.context_tokens()
        if self._kind == "llama.cpp":
            found = self._tried(lambda: self._tokens(request))
            return None if found is None else len(found.tokens)
        if self._kind == "vllm":
            body: dict[str, JsonValue] = {"model": model, **prompt(request)}
            counted = self._tried(lambda: self._post("tokenize", body, _Counted))
            if counted is not None:
                return counted.count
            self._kind = "neither"
        return None

    def _tokens(self, request: Chat | Generate) -> _Tokens:
        text = (
            request.prompt
            if isinstance(request, Generate)
            else self._post("apply-template", prompt(request), _Rendered).prompt
        )
        # As it does with the prompts of both its ways to answer.
        body: dict[str, JsonValue] = {"content": text, "add_special": True, "parse_special": True}
        return self._post("tokenize", body, _Tokens)

    def _get(self, path: str, kind: type[Answer]) -> Answer:
        return self._read(kind, self._server.get(f"{self._root}/{path}"))

    def _post(self, path: str, body: dict[str, JsonValue], kind: type[Answer]) -> Answer:
        return self._read(kind, self._server.post(f"{self._root}/{path}", body))

    def _read(self, kind: type[Answer], content: bytes) -> Answer:
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise self._server.where.unreadable() from error

    def _tried(self, ask: Callable[[], Answer]) -> Answer | None:
        """Servers that have no such page say so in many ways; LM Studio even with a 200."""
        try:
            return ask()
        except ModelUnreachable:
            raise
        except YggError:
            return None


def prompt(request: Chat | Generate) -> dict[str, JsonValue]:
    """As OpenAI's API says it, and as those say it that count."""
    if isinstance(request, Generate):
        return {"prompt": request.prompt}
    return {"messages": [{"role": each.role, "content": each.text} for each in request.messages]}
