"""HTTP to a server of models: a connection for each request, with our key."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from pydantic import JsonValue

from ygg.addresses import LOOPBACK
from ygg.errors import BadInput
from ygg.machine_settings import ModelSettings
from ygg.models.key import api_key
from ygg.models.trouble import Where, what_it_says


@dataclass(frozen=True)
class Way:
    """How a server is reached; both adapters' clients are made with it."""

    where: Where
    headers: Mapping[str, str]
    timeout: httpx.Timeout
    limits: httpx.Limits
    trust_env: bool


def way(settings: ModelSettings, url: str) -> Way:
    key = api_key(settings)
    # It tells of each request, in the midst of the answer that a task's log shows.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        address = urlsplit(url)
        host, _ = address.hostname, address.port
    except ValueError as error:
        raise BadInput(f"{url} is no address: {error}", field="models.url") from error
    return Way(
        where=Where(url.rstrip("/"), settings.silent_seconds, key),
        headers={"authorization": f"Bearer {key}"} if key else {},
        timeout=httpx.Timeout(settings.silent_seconds, connect=settings.connect_seconds),
        # Servers hang up on idle connections when they like; a second request may meet that.
        limits=httpx.Limits(max_keepalive_connections=0),
        # A proxy for the world knows no way to what listens on this machine alone.
        trust_env=host not in LOOPBACK,
    )


class Server:
    def __init__(self, way: Way) -> None:
        self.where = way.where
        try:
            self._client = httpx.Client(
                base_url=way.where.url,
                headers=way.headers,
                timeout=way.timeout,
                limits=way.limits,
                trust_env=way.trust_env,
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise BadInput(f"{way.where.url} is no address: {error}", field="models.url") from error

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> bytes:
        with self.where.mapped():
            return self._checked(self._client.get(path))

    def post(self, path: str, body: Mapping[str, JsonValue]) -> bytes:
        with self.where.mapped():
            return self._checked(self._client.post(path, json=body))

    def stream(self, path: str, body: Mapping[str, JsonValue]) -> Generator[bytes]:
        """Pieces as they come. Closing the iterator ends the answer: the server sees us hang up."""
        with self.where.mapped(), self._client.stream("POST", path, json=body) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
                self._checked(response)
            yield from response.iter_bytes()

    def _checked(self, response: httpx.Response) -> bytes:
        if response.status_code != httpx.codes.OK:
            raise self.where.refused(response.status_code, what_it_says(response.content))
        return response.content
