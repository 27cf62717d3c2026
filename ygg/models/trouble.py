"""What can go wrong with a server of models becomes one of our errors, here and only here.

No message repeats the key, not even where a server does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from pydantic import ValidationError

from ygg.errors import BadInput, Denied, ModelUnreachable, YggError
from ygg.models.answers import Trouble

SAID_LENGTH = 500
_LATER = frozenset({408, 425, 429, 502, 503, 504})
"""Busy, loading, or something in front of it is: another time it may work."""


class Refused(YggError):
    """The server answered, and not with what was asked for."""

    code = "model_refused"
    status = 0
    said = ""


def _refused(status: int, said: str, url: str) -> Refused:
    how = f"answered {status}" if status > 0 else "failed"
    error = Refused(f"the model's server at {url} {how}: {said or 'nothing more'}")
    error.status, error.said = status, said
    return error


@dataclass(frozen=True)
class Where:
    """Which server; what errors say of it."""

    url: str
    silent_seconds: float
    key: str | None = field(repr=False)

    def refused(self, status: int, said: str) -> YggError:
        said = self._without_key(said)[:SAID_LENGTH]
        if status in (401, 403):
            return Denied(
                f"the model's server at {self.url} does not take our key",
                hint="set models.api_key_file to a file with the right one",
            )
        if "exceeds the available context size" in said:
            return BadInput(
                f"the prompt is longer than the model's server at {self.url} takes: {said}",
                field="models.context_tokens",
                hint="ask for less, or raise models.context_tokens; what other llama.cpp servers "
                "take is their --ctx-size",
            )
        if status in _LATER:
            return ModelUnreachable(f"the model's server at {self.url} is busy: {said or status}")
        return _refused(status, said, self.url)

    def unreadable(self) -> YggError:
        return YggError(
            f"what the model's server at {self.url} answers cannot be read",
            hint="do models.adapter and models.url name the server that is there?",
        )

    def unfinished(self) -> YggError:
        """It closed the answer properly, so it is not away; Ollama does that with a bad schema."""
        return YggError(
            f"the model's server at {self.url} stopped in the middle of its answer",
            hint="its log may say why",
        )

    def away(self, how: str) -> ModelUnreachable:
        return ModelUnreachable(
            f"the model's server at {self.url} {self._without_key(how)}",
            hint="is it running? models.url says where it is looked for",
        )

    @contextmanager
    def mapped(self) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self.away("does not answer") from error
        except httpx.TimeoutException as error:
            raise YggError(
                f"the model's server at {self.url} said nothing for {self.silent_seconds:g} s",
                hint="ask for less, give it more cores or memory, or raise models.silent_seconds",
            ) from error
        except (httpx.TransportError, httpx.StreamError, ConnectionError) as error:
            raise self.away(f"cannot be reached: {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise YggError(f"{self.url}: {self._without_key(str(error))}") from error

    def _without_key(self, text: str) -> str:
        return text.replace(self.key, "***") if self.key else text


def what_it_says(content: bytes) -> str:
    """The message of an error's body; there are several customs."""
    try:
        found = json.loads(content)
    except ValueError:
        return content.decode(errors="replace").strip()
    inner = found.get("error", found.get("detail", found)) if isinstance(found, dict) else found
    if isinstance(inner, str):
        return inner
    try:
        return Trouble.model_validate(inner).message or json.dumps(inner)
    except ValidationError:
        return json.dumps(inner)
