"""A connection to the models that the settings name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ygg.errors import BadInput
from ygg.machine_settings import EMBEDDED_MODEL_URL, ModelSettings
from ygg.models.guard import Guarded
from ygg.models.ollama import OllamaModel
from ygg.models.ollama_server import DEFAULT_URL
from ygg.models.openai import OpenAIModel
from ygg.models.port import Model


def connect(settings: ModelSettings) -> Model:
    """Nothing is asked of the server yet. Guarded where the settings name a folder for that."""
    if settings.adapter is None:
        raise BadInput(
            "this machine has no language model",
            field="models.adapter",
            allowed=["ollama", "openai", "embedded"],
            hint="docs/models.md shows how to give it one",
        )
    model = OllamaModel(settings) if settings.adapter == "ollama" else OpenAIModel(settings)
    if settings.guard_dir is None:
        return model
    return Guarded(model, _folder(settings, settings.guard_dir), settings.requests_at_a_time)


def _folder(settings: ModelSettings, guard_dir: Path) -> Path:
    """One for each server, whatever model of it is asked."""
    usual = DEFAULT_URL if settings.adapter == "ollama" else EMBEDDED_MODEL_URL
    server = (settings.url or usual).rstrip("/").removesuffix("/v1")
    return guard_dir / hashlib.sha256(server.encode()).hexdigest()[:16]
