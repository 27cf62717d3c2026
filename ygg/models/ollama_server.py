"""An Ollama server and the models in its keeping, through its official client."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeVar

import ollama
from pydantic import JsonValue

from ygg.errors import BadInput
from ygg.machine_settings import ModelSettings
from ygg.models.choice import unknown
from ygg.models.http import way
from ygg.models.port import ModelName
from ygg.models.trouble import Refused, what_it_says

DEFAULT_URL = "http://127.0.0.1:11434"
LATEST = ":latest"
_OUR_FAULT = ("context length", "JSON schema", "invalid model name")
"""What it says of a bad request after it has begun to answer."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Stored:
    """A model on the server's disk."""

    name: str
    digest: str
    size_bytes: int
    modified_at: str
    family: str
    parameters: str
    quantization: str


@dataclass(frozen=True)
class Loaded:
    """A model in the server's memory."""

    name: str
    digest: str
    size_bytes: int
    gpu_bytes: int
    until: str


@dataclass(frozen=True)
class Step:
    """How far a download is: of one layer of the model, or a step without a size."""

    status: str
    digest: str
    completed_bytes: int
    total_bytes: int


class OllamaServer:
    def __init__(self, settings: ModelSettings) -> None:
        found = way(settings, settings.url or DEFAULT_URL)
        self.where = found.where
        try:
            self.client = ollama.Client(
                found.where.url,
                headers=found.headers,
                timeout=found.timeout,
                limits=found.limits,
                trust_env=found.trust_env,
            )
        except ValueError as error:
            raise BadInput(
                f"{found.where.url} is no address: {error}", field="models.url"
            ) from error

    def close(self) -> None:
        self.client.close()  # type: ignore[no-untyped-call]

    def stored(self) -> list[Stored]:
        found = [_stored(each) for each in self.ask(self.client.list).models]
        return sorted(found, key=operator.attrgetter("name"))

    def loaded(self) -> list[Loaded]:
        found = [_loaded(each) for each in self.ask(self.client.ps).models]
        return sorted(found, key=operator.attrgetter("name"))

    def names(self) -> dict[str, ModelName]:
        """By their whole names, and without `:latest`."""
        found = [ModelName(each.name, each.digest) for each in self.stored()]
        short = {each.name.removesuffix(LATEST): each for each in found}
        return short | {each.name: each for each in found}

    def show(self, model: str) -> dict[str, JsonValue]:
        with self.about(model):
            found = self.ask(lambda: self.client.show(model))
        said: dict[str, JsonValue] = found.model_dump(mode="json", exclude_none=True)
        return said

    def remove(self, model: str) -> None:
        with self.about(model):
            self.ask(lambda: self.client.delete(model))

    def pull(self, model: str, *, insecure: bool) -> Iterator[Step]:
        steps = self.each(lambda: self.client.pull(model, insecure=insecure, stream=True))
        with self.about(model), closing(steps):
            for step in steps:
                yield Step(
                    step.status or "", step.digest or "", step.completed or 0, step.total or 0
                )

    def ask(self, call: Callable[[], Answer]) -> Answer:
        with self._mapped():
            return call()

    def each(self, call: Callable[[], Iterator[Answer]]) -> Generator[Answer]:
        """Closing the iterator hangs up, which ends what the server does for us."""
        with self._mapped():
            yield from call()

    @contextmanager
    def about(self, model: str) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            if error.status == 404:
                known = [each.name for each in self.stored()]
                raise unknown(model, known, self.where.url) from error
            if 400 <= error.status < 500 or any(each in error.said for each in _OUR_FAULT):
                raise BadInput(f"{self.where.url} refuses that: {error.said}") from error
            raise

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            with self.where.mapped():
                yield
        except ollama.ResponseError as error:
            said = what_it_says(json.dumps({"error": error.error}).encode())
            raise self.where.refused(error.status_code, said) from error
        except ollama.RequestError as error:
            raise BadInput(f"{self.where.url} refuses that: {error.error}") from error
        except (ValueError, TypeError, AttributeError) as error:
            # The client reads whatever answers as if it were Ollama.
            raise self.where.unreadable() from error


def _stored(found: ollama.ListResponse.Model) -> Stored:
    details = found.details
    return Stored(
        name=found.model or "",
        digest=found.digest or "",
        size_bytes=int(found.size or 0),
        modified_at=found.modified_at.isoformat() if found.modified_at else "",
        family=(details and details.family) or "",
        parameters=(details and details.parameter_size) or "",
        quantization=(details and details.quantization_level) or "",
    )


def _loaded(found: ollama.ProcessResponse.Model) -> Loaded:
    return Loaded(
        name=found.model or "",
        digest=found.digest or "",
        size_bytes=int(found.size or 0),
        gpu_bytes=int(found.size_vram or 0),
        until=found.expires_at.isoformat() if found.expires_at else "",
    )
