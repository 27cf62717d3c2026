"""`ollama-list`, `-pull`, `-show`, `-ps`, `-remove`: look after the models of an Ollama server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Literal

from pydantic import JsonValue

from executors.handler import Context, HandlerSettings, Params, handler
from executors.models.asking import OneModel, unavailable
from ygg.errors import ModelUnreachable
from ygg.machine_settings import ModelSettings
from ygg.models.ollama_server import OllamaServer, Step
from ygg.task import Limits, Outcome

SAID_LENGTH = 20_000
"""A model's licence may be a book."""


class OllamaSettings(ModelSettings, HandlerSettings):
    """`[models]` where its adapter is `ollama`; `[handlers.ollama]` says what differs."""

    section = "ollama"

    adapter: Literal["ollama"]
    """These labels look after an Ollama server and no other."""
    insecure_registries: bool = False
    """Pull from registries without TLS, too."""


class Nothing(Params):
    pass


class Named(Params):
    model: OneModel
    """The model, as `ollama-list` or Ollama's library names it."""


@handler("ollama-list", summary="List the models that are there.", examples=[{}])
def list_(params: Nothing, context: Context, settings: OllamaSettings) -> Outcome | JsonValue:
    return _asked(settings, lambda server: {"models": [asdict(each) for each in server.stored()]})


@handler("ollama-ps", summary="List the models that are in memory.", examples=[{}])
def ps(params: Nothing, context: Context, settings: OllamaSettings) -> Outcome | JsonValue:
    return _asked(settings, lambda server: {"models": [asdict(each) for each in server.loaded()]})


@handler(
    "ollama-show",
    summary="Tell what a model is: size, context, template, licence.",
    examples=[{"model": "qwen2.5-coder:3b"}],
)
def show(params: Named, context: Context, settings: OllamaSettings) -> Outcome | JsonValue:
    return _asked(
        settings,
        lambda server: {name: _short(value) for name, value in server.show(params.model).items()},
    )


@handler(
    "ollama-pull",
    summary="Fetch a model, or the newest of its name.",
    limits=Limits(soft_seconds=6 * 3600, hard_seconds=6 * 3600 + 60),
    examples=[{"model": "qwen2.5-coder:3b"}],
)
def pull(params: Named, context: Context, settings: OllamaSettings) -> Outcome | JsonValue:
    return _asked(settings, lambda server: _pull(params.model, server, context, settings))


@handler(
    "ollama-remove",
    summary="Remove a model from the disk.",
    examples=[{"model": "qwen2.5-coder:3b"}],
)
def remove(params: Named, context: Context, settings: OllamaSettings) -> Outcome | JsonValue:
    return _asked(settings, lambda server: _remove(params.model, server))


def _pull(
    model: str, server: OllamaServer, context: Context, settings: OllamaSettings
) -> JsonValue:
    _follow(server.pull(model, insecure=settings.insecure_registries), context)
    found = server.names().get(model.partition("://")[2] or model)
    return {"model": model, "digest": found.digest if found else ""}


def _remove(model: str, server: OllamaServer) -> JsonValue:
    server.remove(model)
    return {"removed": model}


def _follow(steps: Iterable[Step], context: Context) -> None:
    """A layer at a time is fetched, the large one first; its share is the progress."""
    said = ""
    for step in steps:
        if step.status != said:
            context.log(step.status)
            said = step.status
        if step.total_bytes:
            done, total = step.completed_bytes / 1e6, step.total_bytes / 1e6
            message = f"{step.status}: {done:.0f} of {total:.0f} MB"
            context.progress(step.completed_bytes / step.total_bytes, message)


def _short(value: JsonValue) -> JsonValue:
    return value[:SAID_LENGTH] if isinstance(value, str) else value


def _asked(
    settings: OllamaSettings, ask: Callable[[OllamaServer], JsonValue]
) -> Outcome | JsonValue:
    server = OllamaServer(settings)
    try:
        return ask(server)
    except ModelUnreachable as error:
        return unavailable(error)
    finally:
        server.close()
