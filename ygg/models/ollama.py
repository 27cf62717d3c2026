"""Models behind an Ollama server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

import ollama

from ygg.errors import YggError
from ygg.machine_settings import ModelSettings
from ygg.models.choice import only_one, unknown
from ygg.models.draft import Draft
from ygg.models.estimate import Estimate
from ygg.models.fit import refuse_too_long
from ygg.models.ollama_dropped import Dropped
from ygg.models.ollama_server import OllamaServer
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

Piece = TypeVar("Piece", ollama.GenerateResponse, ollama.ChatResponse)


class OllamaModel:
    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._server = OllamaServer(settings)
        self._estimate = Estimate()
        self._dropped = Dropped(settings.context_tokens, self._tokens_of)

    def close(self) -> None:
        self._server.close()

    def models(self) -> tuple[ModelName, ...]:
        return tuple(dict.fromkeys(self._server.names().values()))

    def chat(self, request: Chat, on_text: OnText = ignore) -> Reply:
        named = self._named(request.model or self._settings.model)
        messages = [{"role": each.role, "content": each.text} for each in request.messages]
        chosen = request.options
        pieces = self._server.each(
            lambda: self._server.client.chat(
                named.name,
                messages,
                format=dict(chosen.schema) if chosen.schema is not None else None,
                options=self._options(chosen),
                stream=True,
            )
        )
        return self._answer(request, named, pieces, lambda piece: piece.message.content, on_text)

    def generate(self, request: Generate, on_text: OnText = ignore) -> Reply:
        named = self._named(request.model or self._settings.model)
        chosen = request.options
        pieces = self._server.each(
            lambda: self._server.client.generate(
                named.name,
                request.prompt,
                raw=True,
                format=dict(chosen.schema) if chosen.schema is not None else None,
                options=self._options(chosen),
                stream=True,
            )
        )
        return self._answer(request, named, pieces, lambda piece: piece.response, on_text)

    def count(self, request: Chat | Generate) -> Count:
        return self._counted(request, self._named(request.model or self._settings.model))

    def context_tokens(self, model: str = "") -> int:
        return self._settings.context_tokens

    def embed(self, texts: Sequence[str], model: str = "") -> Vectors:
        named = self._named(model or self._settings.embedding_model or self._settings.model)
        started = time.monotonic()
        with self._server.about(named.name):
            found = self._server.ask(
                lambda: self._server.client.embed(
                    named.name,
                    list(texts),
                    # Rather refused than a vector of half a text.
                    truncate=False,
                    options={"num_ctx": self._settings.context_tokens},
                )
            )
        if len(found.embeddings) != len(texts):
            raise YggError(f"{self._server.where.url} did not send one vector for each text")
        return Vectors(
            tuple(tuple(vector) for vector in found.embeddings),
            model=named,
            tokens_in=found.prompt_eval_count or 0,
            seconds=round(time.monotonic() - started, 3),
        )

    def _answer(
        self,
        request: Chat | Generate,
        named: ModelName,
        pieces: Generator[Piece],
        text_of: Callable[[Piece], str | None],
        on_text: OnText,
    ) -> Reply:
        context = self.context_tokens()
        refuse_too_long(request, context, lambda: self._counted(request, named))
        draft = Draft(on_text)
        ended = False
        try:
            with self._server.about(named.name), closing(pieces):
                for piece in pieces:
                    draft.add(text_of(piece) or "")
                    if piece.done:
                        ended = True
                        draft.tokens_in = piece.prompt_eval_count or 0
                        draft.tokens_out = piece.eval_count
                        draft.finished = "length" if piece.done_reason == "length" else "stop"
        except Enough:
            draft.cut(self._counted(request, named).tokens)
            return draft.reply(named)
        if not ended:
            raise self._server.where.unfinished()
        reply = draft.reply(named)
        self._dropped.refuse(request, named.name, reply.tokens_in, reply.tokens_out)
        self._estimate.learn(request, named.name, reply.tokens_in)
        return reply

    def _counted(self, request: Chat | Generate, named: ModelName) -> Count:
        return Count(self._estimate.tokens(request, named.name), exact=False)

    def _tokens_of(self, text: str, model: str) -> int:
        """Ollama counts what it reads, and nothing else."""
        with self._server.about(model):
            found = self._server.ask(
                lambda: self._server.client.generate(
                    model, text, raw=True, options=self._options(Options(max_tokens=1))
                )
            )
        return found.prompt_eval_count or 0

    def _named(self, name: str) -> ModelName:
        known = self._server.names()
        whole = sorted({each.name for each in known.values()})
        if not name:
            return known[only_one(whole, self._server.where.url)]
        if name not in known:
            raise unknown(name, whole, self._server.where.url)
        return known[name]

    def _options(self, chosen: Options) -> ollama.Options:
        """`num_ctx` always: Ollama's own default is small, and it drops the beginning of what does
        not fit without a word."""
        return ollama.Options(
            num_ctx=self._settings.context_tokens,
            num_predict=chosen.max_tokens,
            temperature=chosen.temperature,
            seed=chosen.seed,
            stop=list(chosen.stop) or None,
        )
