"""HTTP to one registry: who we are, where it sends us, when to ask again, what it refused."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from registry.client import trouble
from registry.client.login import Credentials, Login
from registry.client.pace import Pace, PacedTransport
from registry.client.patience import Later, Patience
from registry.client.reading import JSON_BYTES, beginning, bounded
from registry.names import check_address
from ygg.addresses import LOOPBACK
from ygg.errors import BadInput, YggError

_REASON_BYTES = 64 * 1024
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READING = ("GET", "HEAD")


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    what: str
    """In words, for errors."""
    scope: str = ""
    """Which right a token has to give: `repository:NAME:pull`."""
    good: frozenset[int] = frozenset({200})
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    may_leave: bool = False
    """It may be answered by another host, since the digest of the answer is known."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        ca_file: Path | None,
        plain_http: bool,
        timeout_seconds: float,
        patience: Patience,
    ) -> None:
        check_address(address)
        self.address = address
        self.patience = patience
        self._origin = f"{'http' if plain_http else 'https'}://{address}"
        self._host = urlsplit(self._origin).hostname
        if credentials is not None and plain_http and self._host not in LOOPBACK:
            raise BadInput(
                f"no password is sent to {address} over plain http",
                field="plain_http",
                hint="have the registry speak TLS: `ygg registry init`",
            )
        self._client = httpx.Client(
            transport=PacedTransport(_trusting(ca_file), Pace()),
            timeout=timeout_seconds,
            headers={"accept-encoding": "identity", "user-agent": "yggdrasil"},
            trust_env=False,
        )
        self._login = Login(address, credentials, self._client)

    def close(self) -> None:
        self._client.close()

    def ask(self, call: Call, most_bytes: int = JSON_BYTES) -> Answer:
        return self.patience.repeated(lambda: self.ask_once(call, most_bytes))

    def ask_once(self, call: Call, most_bytes: int = JSON_BYTES) -> Answer:
        """Raises `Later` for what may work another time."""
        with self.opened(call) as response:
            body = bounded(response, most_bytes, self.address)
            return Answer(response.status_code, response.headers, body)

    @contextmanager
    def opened(self, call: Call) -> Iterator[httpx.Response]:
        """An answer whose body is still to be read; raises `Later` as `ask_once` does."""
        with trouble.mapped(self.address):
            response = self._where_it_leads(call)
            try:
                if response.status_code not in call.good:
                    raise self._refused(call, response)
                yield response
            finally:
                response.close()

    def own_path(self, location: str) -> str:
        """Where an upload goes on: never at another host, whatever the server says."""
        with trouble.mapped(self.address):
            url = httpx.URL(self._origin).join(location)
        path = url.raw_path.decode("ascii", "replace")
        if url.host != httpx.URL(self._origin).host or not path.startswith("/v2/"):
            raise trouble.no_registry(self.address, f"it sends an upload to {location[:200]!r}")
        return path

    def _refused(self, call: Call, response: httpx.Response) -> YggError | Later:
        status, body = response.status_code, beginning(response, _REASON_BYTES)
        return trouble.refused(self.address, call.what, status, response.headers, body)

    def _where_it_leads(self, call: Call) -> httpx.Response:
        url = f"{self._origin}{call.path}"
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._as_whom_it_wants(call, url)
            if response.status_code not in _REDIRECTS or call.method not in _READING:
                return response
            response.close()
            url = self._onward(call, url, response.headers.get("location", ""))
        raise trouble.no_registry(self.address, f"it sends us in a circle for {call.what}")

    def _onward(self, call: Call, url: str, location: str) -> str:
        to = httpx.URL(url).join(location)
        stays = _origin_of(str(to)) == _origin_of(self._origin)
        plain = to.scheme == "http" and self._origin.startswith("http:")
        leaves = call.may_leave and (to.scheme == "https" or plain)
        if not location or not to.host or to.userinfo or not (stays or leaves):
            raise trouble.no_registry(self.address, f"it sends us to {location[:200]!r}")
        return str(to)

    def _as_whom_it_wants(self, call: Call, url: str) -> httpx.Response:
        """Nobody but the registry itself is told who we are."""
        is_own = _origin_of(url) == _origin_of(self._origin)
        for learned in (False, True):
            who = self._login.headers(call.scope) if is_own else {}
            response = self._send(call, url, who)
            if response.status_code != httpx.codes.UNAUTHORIZED or not is_own:
                return response
            challenge = response.headers.get("www-authenticate", "")
            response.close()
            if not learned:
                self._login.learn(challenge, call.scope, who.get("authorization"), call.what)
        raise self._login.denied(call.what)

    def _send(self, call: Call, url: str, who: Mapping[str, str]) -> httpx.Response:
        headers = {**call.headers, **who}
        request = self._client.build_request(
            call.method, url, headers=headers, content=call.content
        )
        return self._client.send(request, stream=True)


def _origin_of(url: str) -> tuple[str, str, int | None]:
    found = httpx.URL(url)
    return found.scheme, found.host, found.port


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadInput(
            f"{ca_file} has no certificate of a CA: {error}",
            field="ca_file",
            hint="copy the fleet's CA certificate from the registry's machine",
        ) from error
