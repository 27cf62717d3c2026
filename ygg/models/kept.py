"""The models that this machine's settings lead to: an Ollama server's, one file, or a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from ygg.errors import BadInput
from ygg.machine_settings import ModelSettings
from ygg.models.choice import only_one, unknown
from ygg.models.connect import connect
from ygg.models.gguf import KNOWN, cache_folder, sha256_of
from ygg.models.ollama_server import LATEST, OllamaServer


@dataclass(frozen=True)
class Kept:
    name: str
    digest: str = ""
    """SHA-256, where it is known without reading a file."""
    size_bytes: int | None = None
    is_chosen: bool = False
    """The one that tasks ask when they name none."""
    file: Path | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def kept(settings: ModelSettings) -> list[Kept]:
    if settings.adapter == "ollama":
        found = _of_ollama(settings)
    elif settings.adapter == "embedded":
        found = _files(settings)
    else:
        with closing(connect(settings)) as server:
            found = [Kept(each.name, each.digest) for each in server.models()]
    return _chosen(found, settings)


def with_digest(one: Kept) -> Kept:
    """Of a file, it takes reading all of it: seconds where that is large."""
    return replace(one, digest=sha256_of(one.file)) if one.file else one


def named(models: Sequence[Kept], name: str | None, where: str) -> Kept:
    """One of them, with its digest; without a name the one that is chosen."""
    if name is None:
        chosen = [each for each in models if each.is_chosen]
        name = chosen[0].name if chosen else only_one([each.name for each in models], where)
    for each in models:
        if name in (each.name, each.name.removesuffix(LATEST)):
            return with_digest(each)
    raise unknown(name, [each.name for each in models], where)


def file_of(name: str, settings: ModelSettings) -> Path:
    """Where a known model's file is or comes: where the settings look for it, or the cache."""
    wanted = KNOWN[name]
    if settings.gguf is not None and settings.gguf.name == wanted.file:
        return settings.gguf
    return cache_folder() / wanted.file


def _of_ollama(settings: ModelSettings) -> list[Kept]:
    with closing(OllamaServer(settings)) as server:
        loaded = {each.name for each in server.loaded()}
        return [
            Kept(
                each.name,
                each.digest,
                each.size_bytes,
                facts={
                    "family": each.family,
                    "parameters": each.parameters,
                    "quantization": each.quantization,
                    "modified": each.modified_at,
                    "in memory": "yes" if each.name in loaded else "",
                },
            )
            for each in server.stored()
        ]


def _files(settings: ModelSettings) -> list[Kept]:
    """The file that is served, and the known ones that were fetched."""
    files = {name: file_of(name, settings) for name in KNOWN}
    if settings.gguf is not None and settings.gguf not in files.values():
        files = {settings.model or settings.gguf.stem: settings.gguf} | files
    return [
        Kept(name, size_bytes=file.stat().st_size, file=file, is_chosen=file == settings.gguf)
        for name, file in files.items()
        if file.is_file()
    ]


def _chosen(found: Sequence[Kept], settings: ModelSettings) -> list[Kept]:
    if settings.adapter == "embedded":
        return list(found)
    wanted = settings.model or (found[0].name if len(found) == 1 else "")
    return [
        replace(each, is_chosen=wanted in (each.name, each.name.removesuffix(LATEST)))
        for each in found
    ]


def place_of(settings: ModelSettings) -> str:
    """Where the models are, in words."""
    if settings.adapter is None:
        raise BadInput(
            "this machine has no language model",
            field="models.adapter",
            allowed=["ollama", "openai", "embedded"],
            hint='adapter = "ollama" under [models] in ygg.toml, or YGG_MODELS__ADAPTER=ollama; '
            "docs/models.md has more",
        )
    return settings.url or settings.adapter
