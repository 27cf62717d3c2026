"""Bringing a model to this machine, and making sure that it is the one that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ygg.errors import BadInput, YggError
from ygg.models.gguf import KNOWN, fetch
from ygg.models.kept import file_of, place_of
from ygg.models.ollama_server import OllamaServer, Step
from ygg.settings import Settings

OLLAMA_DEFAULT, EMBEDDED_DEFAULT = "qwen2.5-coder:3b", "smollm2-135m"
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@dataclass(frozen=True)
class Pulled:
    name: str
    digest: str
    was_there: bool = False
    """Known only of files: Ollama does not say."""
    file: Path | None = None


def pull(
    settings: Settings,
    name: str | None,
    digest: str | None,
    follow: Callable[[Iterable[Step]], None],
    *,
    show_progress: bool,
) -> Pulled:
    """`follow` is given Ollama's steps, and goes through all of them."""
    wanted = None if digest is None else read_digest(digest)
    models = settings.models
    if models.adapter == "ollama":
        found = _from_ollama(settings, name or OLLAMA_DEFAULT, follow)
    elif name in KNOWN or (name is None and models.adapter == "embedded"):
        found = _known_file(settings, name or EMBEDDED_DEFAULT, wanted, show_progress=show_progress)
    else:
        where = place_of(models)
        raise BadInput(
            f"{name or 'a model'} cannot be pulled for {where}",
            field="name",
            allowed=sorted(KNOWN),
            hint="a server other than Ollama gets its models in its own way; for another file set "
            "models.gguf",
        )
    if wanted is not None and found.digest != wanted:
        raise _another(found.name, found.digest, wanted, f"`ollama rm {found.name}` removes it")
    return found


def read_digest(text: str) -> str:
    found = _DIGEST.fullmatch(text.lower())
    if found is None:
        raise BadInput(
            f"{text[:80]!r} is no digest", field="--digest", allowed=["sha256: and 64 hex digits"]
        )
    return found[1]


def _from_ollama(settings: Settings, name: str, follow: Callable[[Iterable[Step]], None]) -> Pulled:
    insecure = settings.handlers.get("ollama", {}).get("insecure_registries") is True
    with closing(OllamaServer(settings.models)) as server:
        follow(server.pull(name, insecure=insecure))
        found = server.names().get(name.partition("://")[2] or name)
    if found is None:
        raise YggError(f"{place_of(settings.models)} pulled {name}, and does not list it")
    return Pulled(found.name, found.digest)


def _known_file(
    settings: Settings, name: str, wanted: str | None, *, show_progress: bool
) -> Pulled:
    known = KNOWN[name]
    if wanted is not None and known.sha256 != wanted:
        raise _another(name, known.sha256, wanted, "nothing was fetched")
    file = file_of(name, settings.models)
    fetched = fetch(known, file, show_progress=show_progress)
    return Pulled(name, known.sha256, was_there=not fetched, file=file)


def _another(name: str, found: str, wanted: str, hint: str) -> YggError:
    return YggError(f"{name} is sha256:{found}, and not sha256:{wanted}", hint=hint)
