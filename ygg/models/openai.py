"""Models behind OpenAI's HTTP API: llama.cpp, vLLM, LM Studio, LiteLLM, and our embedded one."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from ygg.errors import BadInput, YggError
from ygg.machine_settings import EMBEDDED_MODEL_URL, ModelSettings
from ygg.models.answers import Chunk, Embeddings, ListedModels
from ygg.models.choice import only_one, unknown
from ygg.models.draft import Draft
from ygg.models.estimate import Estimate, is_too_few
from ygg.models.fit import FIELD, refuse_too_long
from ygg.models.http import Server, way
from ygg.models.port import (
    Chat,
    Count,
    Enough,
    Generate,
    ModelName,
    OnText,
    Options,
    Reply,
    Vectors,
    ignore,
)
from ygg.models.server_counts import ServerCounts, prompt
from ygg.models.sse import Events
from ygg.models.trouble import Refused, what_it_says

_NO_LIST = frozenset({404, 405, 501})
"""What a server answers that does not list its models."""
_MORE_THAN_LISTED = "*"
"""In a name, such as LiteLLM's `openai/*`: the list does not name all that there is."""
_END = "[DONE]"

Body = dict[str, JsonValue]
Answer = TypeVar("Answer", bound=BaseModel)


class OpenAIModel:
    def __init__(self, settings: ModelSettings) -> None:
        url = settings.url or (EMBEDDED_MODEL_URL if settings.adapter == "embedded" else None)
        if url is None:
            raise BadInput(
                "nobody said where the model's server is",
                field="models.url",
                hint='such as url = "http://127.0.0.1:8080/v1"',
            )
        self._settings = settings
        self._server = Server(way(settings, url))
        self._where = self._server.where
        self._known: dict[str, ModelName] | None = None
        self._lengths: dict[str, int] = {}
        self._counts = ServerCounts(self._server)
        self._estimate = Estimate()

    def close(self) -> None:
        self._server.close()

    def chat(self, request: Chat, on_text: OnText = ignore) -> Reply:
        return self._answer("chat/completions", request, on_text)

    def generate(self, request: Generate, on_text: OnText = ignore) -> Reply:
        return self._answer("completions", request, on_text)

    def count(self, request: Chat | Generate) -> Count:
        return self._counted(request, self._named(request.model or self._settings.model))

    def context_tokens(self, model: str = "") -> int | None:
        return self._context_of(self._named(model or self._settings.model))

    def embed(self, texts: Sequence[str], model: str = "") -> Vectors:
        named = self._named(model or self._settings.embedding_model or self._settings.model)
        started = time.monotonic()
        with self._refusals(named):
            body: Body = {"model": named.name, "input": list(texts)}
            found = self._read(Embeddings, self._server.post("embeddings", body))
        ordered = sorted(found.data, key=lambda each: each.index)
        if [each.index for each in ordered] != list(range(len(texts))):
            raise YggError(f"{self._where.url} did not send one vector for each text")
        return Vectors(
            tuple(each.embedding for each in ordered),
            model=named,
            tokens_in=found.usage.prompt_tokens,
            seconds=round(time.monotonic() - started, 3),
        )

    def models(self) -> tuple[ModelName, ...]:
        return tuple(dict.fromkeys(self._listed().values()))

    def _answer(self, path: str, request: Chat | Generate, on_text: OnText) -> Reply:
        named = self._named(request.model or self._settings.model)
        refuse_too_long(request, self._context_of(named), lambda: self._counted(request, named))
        streamed: Body = {"stream": True, "stream_options": {"include_usage": True}}
        body = prompt(request) | options(request.options) | streamed | {"model": named.name}
        draft = Draft(on_text)
        ended = False
        try:
            with self._refusals(named), closing(self._chunks(path, body)) as chunks:
                for chunk in chunks:
                    ended = _write(draft, chunk) or ended
        except Enough:
            draft.cut(self._counted(request, named).tokens)
            return draft.reply(named)
        if not ended:
            raise self._where.unfinished()
        self._refuse_if_cut(request, draft.tokens_in)
        self._estimate.learn(request, named.name, draft.tokens_in)
        return draft.reply(named)

    def _counted(self, request: Chat | Generate, named: ModelName) -> Count:
        found = self._counts.count(request, named.name)
        if found is not None:
            return Count(found, exact=True)
        return Count(self._estimate.tokens(request, named.name), exact=False)

    def _context_of(self, named: ModelName) -> int | None:
        """What the server says of it, and what the settings do: whichever is less."""
        said = (self._counts.context_tokens(), self._lengths.get(named.name))
        told = "context_tokens" in self._settings.model_fields_set
        own = self._settings.context_tokens if told else None
        return min((each for each in (*said, own) if each), default=None)

    def _refuse_if_cut(self, request: Chat | Generate, tokens_in: int) -> None:
        if is_too_few(request, tokens_in):
            raise BadInput(
                f"{self._where.url} read no more than {tokens_in} tokens of the prompt",
                field=FIELD,
                hint="ask for less, or give the model more context where its server is started",
            )

    def _chunks(self, path: str, body: Body) -> Generator[Chunk]:
        events = Events()
        with closing(self._server.stream(path, body)) as pieces:
            for piece in pieces:
                for event in events.feed(piece):
                    yield from self._chunk(event)
        for event in events.end():
            yield from self._chunk(event)

    def _chunk(self, event: str) -> Iterator[Chunk]:
        if event in ("", _END):
            return
        found = self._read(Chunk, event.encode())
        if found.error is not None:
            raise self._where.refused(found.status, what_it_says(event.encode()))
        yield found

    def _named(self, name: str) -> ModelName:
        """A server with one model may answer to any name: then nobody would notice a wrong one."""
        known = self._listed()
        if not name:
            return known[only_one({each.name for each in known.values()}, self._where.url)]
        if name in known:
            return known[name]
        if known and not any(_MORE_THAN_LISTED in each for each in known):
            raise unknown(name, known, self._where.url)
        return ModelName(name)

    def _listed(self) -> dict[str, ModelName]:
        """By name and by every other name that they have. Empty where there is no list."""
        if self._known is None:
            try:
                found = self._read(ListedModels, self._server.get("models"))
            except Refused as error:
                if error.status not in _NO_LIST:
                    raise
                found = ListedModels(data=())
            self._lengths = {
                each.id: each.max_model_len for each in found.data if each.max_model_len
            }
            self._known = {
                alias: ModelName(each.id, each.digest)
                for each in found.data
                for alias in (each.id, *each.aliases)
            }
        return self._known

    @contextmanager
    def _refusals(self, named: ModelName) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            if error.status == 404 and "model" in error.said.lower():
                known = [each.name for each in self.models()]
                raise unknown(named.name, known, self._where.url) from error
            # llama.cpp calls a text that is too long its own error.
            if 400 <= error.status < 500 or error.status == 501 or "too large" in error.said:
                raise BadInput(f"{self._where.url} refuses that: {error.said}") from error
            raise

    def _read(self, kind: type[Answer], content: bytes) -> Answer:
        try:
            return kind.model_validate_json(content)
        except ValidationError as error:
            raise self._where.unreadable() from error


def options(chosen: Options) -> Body:
    """What was said only: a server has its own defaults."""
    found: Body = {}
    if chosen.max_tokens is not None:
        found["max_tokens"] = chosen.max_tokens
    if chosen.temperature is not None:
        found["temperature"] = chosen.temperature
    if chosen.seed is not None:
        found["seed"] = chosen.seed
    if chosen.stop:
        found["stop"] = list(chosen.stop)
    if chosen.schema is not None:
        form: JsonValue = {"name": "answer", "strict": True, "schema": dict(chosen.schema)}
        found["response_format"] = {"type": "json_schema", "json_schema": form}
    return found


def _write(draft: Draft, chunk: Chunk) -> bool:
    """True once the model has come to an end."""
    if chunk.usage is not None:
        draft.tokens_in = chunk.usage.prompt_tokens
        draft.tokens_out = chunk.usage.completion_tokens
    if chunk.tokens_cached is not None:
        draft.tokens_cached = chunk.tokens_cached
    for choice in chunk.choices:
        draft.add(choice.text or choice.delta.content or "")
        if choice.finish_reason is not None:
            draft.finished = "length" if choice.finish_reason == "length" else "stop"
            return True
    return False
