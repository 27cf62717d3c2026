"""Models behind an Ollama server."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import TypeVar

import ollama

from ygg.errors import BadInput, YggError
from ygg.machine_settings import ModelSettings
from ygg.models.choice import only_one, unknown
from ygg.models.draft import Draft
from ygg.models.ollama_server import OllamaServer
from ygg.models.port import Chat, Generate, ModelName, OnText, Options, Reply, Vectors, ignore

Piece = TypeVar("Piece", ollama.GenerateResponse, ollama.ChatResponse)


class OllamaModel:
    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._server = OllamaServer(settings)

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
        return self._answer(named, pieces, lambda piece: piece.message.content, on_text)

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
        return self._answer(named, pieces, lambda piece: piece.response, on_text)

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
        named: ModelName,
        pieces: Generator[Piece],
        text_of: Callable[[Piece], str | None],
        on_text: OnText,
    ) -> Reply:
        draft = Draft(on_text)
        ended = False
        with self._server.about(named.name), closing(pieces):
            for piece in pieces:
                draft.add(text_of(piece) or "")
                if piece.done:
                    ended = True
                    draft.tokens_in = piece.prompt_eval_count or 0
                    draft.tokens_out = piece.eval_count
                    draft.finished = "length" if piece.done_reason == "length" else "stop"
        if not ended:
            raise self._server.where.unfinished()
        if draft.tokens_in >= self._settings.context_tokens:
            raise BadInput(
                f"{self._settings.context_tokens} tokens are too few for this prompt",
                field="models.context_tokens",
                hint="Ollama dropped the beginning of it; raise models.context_tokens",
            )
        return draft.reply(named)

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
