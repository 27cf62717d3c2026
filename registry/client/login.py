"""Who we are to a registry: nobody, a user with a password, or the bearer of a token."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import BaseModel, Field, SecretStr, ValidationError

from registry.client import trouble
from registry.client.patience import Later
from registry.client.reading import JSON_BYTES, bounded
from ygg.addresses import LOOPBACK
from ygg.errors import BadInput, Denied, YggError

_LEAST_SECONDS, _MOST_SECONDS = 60, 3600
"""A token lives so long at least, says the specification; and no longer by us."""
_EARLY_SECONDS = 5
_PAIR = re.compile(r'([a-z_]+)="([^"]{0,2000})"', re.IGNORECASE)


@dataclass(frozen=True)
class Credentials:
    user: str
    password: SecretStr

    def __post_init__(self) -> None:
        if ":" in self.user or not self.user.isprintable():
            raise BadInput("a user's name has no colon in it", field="user")

    @property
    def header(self) -> str:
        pair = f"{self.user}:{self.password.get_secret_value()}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


@dataclass(frozen=True)
class _Token:
    header: str
    until: float


class _TokenAnswer(BaseModel):
    token: str | None = Field(None, pattern=r"^[\x21-\x7e]+$")
    access_token: str | None = Field(None, pattern=r"^[\x21-\x7e]+$")
    expires_in: float | None = None


class Login:
    """Learns from the first refusal what the registry wants, and remembers it."""

    def __init__(self, address: str, credentials: Credentials | None, client: httpx.Client) -> None:
        self._address = address
        self._credentials = credentials
        self._client = client
        self._basic = False
        self._tokens: dict[str, _Token] = {}

    def headers(self, scope: str) -> dict[str, str]:
        token = self._tokens.get(scope)
        if token is not None and token.until > time.monotonic():
            return {"authorization": token.header}
        if self._basic and self._credentials is not None:
            return {"authorization": self._credentials.header}
        return {}

    def learn(self, challenge: str, scope: str, sent: str | None, what: str) -> None:
        """What to send next time; raises where there is nothing better than what was sent."""
        kind = challenge.partition(" ")[0].lower()
        if kind == "bearer":
            self._tokens[scope] = self._fetch(dict(_PAIR.findall(challenge)), what)
        elif kind == "basic" and self._credentials is not None and sent is None:
            self._basic = True
        else:
            raise self.denied(what)

    def _fetch(self, asked: dict[str, str], what: str) -> _Token:
        realm = asked.get("realm", "")
        self._check_realm(realm)
        query: list[tuple[str, str]] = [
            (name, asked[name]) for name in ("service", "scope") if name in asked
        ]
        headers = {"accept": "application/json"}
        if self._credentials is not None:
            query.append(("account", self._credentials.user))
            headers["authorization"] = self._credentials.header
        url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
        with self._client.stream("GET", url, headers=headers) as response:
            body = bounded(response, JSON_BYTES, self._address)
            if response.status_code != httpx.codes.OK:
                raise self._refused(response, body, what)
        return self._token(body)

    def _refused(self, response: httpx.Response, body: bytes, what: str) -> YggError | Later:
        if response.status_code in (401, 403):
            return self.denied(what)
        status, headers = response.status_code, response.headers
        return trouble.refused(self._address, f"a token for {what}", status, headers, body)

    def _token(self, body: bytes) -> _Token:
        try:
            answer = _TokenAnswer.model_validate_json(body)
        except ValidationError:
            answer = _TokenAnswer(token=None, access_token=None)
        token = answer.token or answer.access_token
        if token is None:
            raise trouble.no_registry(self._address, "it sends us for a token where there is none")
        seconds = min(max(answer.expires_in or 0, _LEAST_SECONDS), _MOST_SECONDS) - _EARLY_SECONDS
        return _Token(f"Bearer {token}", time.monotonic() + seconds)

    def _check_realm(self, realm: str) -> None:
        """The password goes there: over TLS, or not further than this machine."""
        try:
            found = urlsplit(realm)
            host, _ = found.hostname, found.port
        except ValueError:
            found, host = urlsplit(""), None
        if host is None or found.scheme not in ("http", "https") or found.username:
            raise trouble.no_registry(self._address, "it names no server that gives tokens")
        if found.scheme == "http" and host not in LOOPBACK:
            raise Denied(
                f"the registry at {self._address} wants the password to be sent to {host}"
                " over plain http",
                hint="have the server that gives tokens speak TLS",
            )

    def denied(self, what: str) -> Denied:
        return trouble.denied(self._address, what, had_password=self._credentials is not None)
