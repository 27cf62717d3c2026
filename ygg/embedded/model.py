"""The language model that a machine serves to itself: one process, on loopback, with a key."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ygg.embedded.ports import Claims
from ygg.embedded.secret_files import password
from ygg.errors import BadInput, MissingExtra
from ygg.machine_settings import EMBEDDED_MODEL_PORT
from ygg.settings import Settings
from ygg.supervisor import Part

HOST = "127.0.0.1"


@dataclass(frozen=True)
class EmbeddedModel:
    environment: Mapping[str, str]
    """What it and those who ask it must be told."""

    def part(self, environment: Mapping[str, str], log: Path) -> Part:
        return Part(
            name="model",
            argv=(sys.executable, "-P", "-m", "ygg.models.serve"),
            environment={**environment, **self.environment},
            log=log,
        )


def prepare(settings: Settings, claims: Claims, notices: list[str]) -> EmbeddedModel | None:
    """Nothing where `[models] adapter` does not ask for it."""
    if settings.models.adapter != "embedded":
        return None
    gguf_file(settings)
    told = {"YGG_MODELS__URL": settings.models.url or _free_url(claims, notices)}
    if settings.models.api_key is None:
        key_file = settings.model_key_file.resolve()
        password(key_file)
        told["YGG_MODELS__API_KEY_FILE"] = str(key_file)
    return EmbeddedModel(told)


def gguf_file(settings: Settings) -> Path:
    """The model's file, or what keeps it from being served."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingExtra(
            "an embedded model needs xllamacpp, not installed here",
            hint="from a clone: pip install '.[model]', or so with uv tool or pipx",
        )
    file = settings.models.gguf
    if file is None:
        raise BadInput(
            "an embedded model needs a file to serve",
            field="models.gguf",
            hint="scripts/model in a clone fetches a small one and prints its path",
        )
    if not file.is_file():
        raise BadInput(
            f"there is no file {file}",
            field="models.gguf",
            hint="scripts/model in a clone fetches a small one and prints its path",
        )
    return file.resolve()


def _free_url(claims: Claims, notices: list[str]) -> str:
    port = claims.prefer(HOST, EMBEDDED_MODEL_PORT)
    if port != EMBEDDED_MODEL_PORT:
        notices.append(
            f"port {EMBEDDED_MODEL_PORT} is taken by another program: the model is on {port}"
        )
    return f"http://{HOST}:{port}/v1"
