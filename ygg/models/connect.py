"""A connection to the models that the settings name."""

from __future__ import annotations

from ygg.errors import BadInput
from ygg.machine_settings import ModelSettings
from ygg.models.ollama import OllamaModel
from ygg.models.openai import OpenAIModel
from ygg.models.port import Model


def connect(settings: ModelSettings) -> Model:
    """Nothing is asked of the server yet."""
    if settings.adapter is None:
        raise BadInput(
            "this machine has no language model",
            field="models.adapter",
            allowed=["ollama", "openai", "embedded"],
            hint="docs/models.md shows how to give it one",
        )
    return OllamaModel(settings) if settings.adapter == "ollama" else OpenAIModel(settings)
