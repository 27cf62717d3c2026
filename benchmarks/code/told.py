"""Which model is measured, and what the agent and its sandbox are told besides."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from benchmarks.wait import BenchmarkError
from ygg.machine_settings import ModelSettings, SandboxSettings
from ygg.settings import load

FETCH = Path(__file__).parents[2] / "scripts" / "model"


@dataclass(frozen=True)
class Told:
    models: ModelSettings
    agent: Mapping[str, JsonValue] = field(default_factory=dict)
    """The table `[handlers.code]`."""
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)


def embedded() -> Told:
    """The small model that scripts/model fetches, and no other setting."""
    fetched = subprocess.run([FETCH], stdout=subprocess.PIPE, text=True, check=False)
    if fetched.returncode:
        raise BenchmarkError(f"{FETCH} could not fetch a model; --configured takes yours")
    return Told(ModelSettings(adapter="embedded", gguf=Path(fetched.stdout.splitlines()[-1])))


def configured() -> Told:
    """What ygg.toml and YGG_* say of `[models]`, `[handlers.code]` and `[sandbox]`."""
    settings = load()
    if settings.models.adapter is None:
        raise BenchmarkError("no model is configured: docs/models.md shows how to name one")
    return Told(settings.models, settings.handlers.get("code", {}), settings.sandbox)
