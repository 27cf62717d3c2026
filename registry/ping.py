"""Whether the registry answers at all, with nothing but Python's own library.

For processes that hold no password of it: who is not let in is answered, too.
"""

from __future__ import annotations

import http.client
import ssl

from registry.home import address_of, authority_of
from ygg.errors import YggError
from ygg.settings import Settings

TIMEOUT_SECONDS = 5.0
_MARK = "Docker-Distribution-Api-Version"


def trouble_of(settings: Settings, timeout_seconds: float = TIMEOUT_SECONDS) -> str | None:
    """In words; nothing when it answers as a registry does."""
    return _trouble_at(address_of(settings.registry), settings, timeout_seconds)


def mirror_trouble_of(settings: Settings, timeout_seconds: float = TIMEOUT_SECONDS) -> str | None:
    """As `trouble_of`; nothing, too, where there is no mirror."""
    registry = settings.registry
    if registry.mirror_of is None:
        return None
    address = f"{address_of(registry).rpartition(':')[0]}:{registry.mirror_port}"
    return _trouble_at(address, settings, timeout_seconds)


def _trouble_at(address: str, settings: Settings, timeout_seconds: float) -> str | None:
    try:
        connection = _connection(settings, address, timeout_seconds)
        try:
            connection.request("GET", "/v2/")
            answer = connection.getresponse()
        finally:
            connection.close()
    except YggError as error:
        return error.message
    except (OSError, http.client.HTTPException) as error:
        return f"{address} does not answer: {_words(error)}"
    if answer.getheader(_MARK) is None or answer.status not in (200, 401):
        return f"what answers at {address} is no registry, or is not well: status {answer.status}"
    return None


def _connection(
    settings: Settings, address: str, timeout_seconds: float
) -> http.client.HTTPConnection:
    if settings.registry.plain_http:
        return http.client.HTTPConnection(address, timeout=timeout_seconds)
    authority = authority_of(settings)
    trusting = ssl.create_default_context(cafile=str(authority) if authority else None)
    return http.client.HTTPSConnection(address, timeout=timeout_seconds, context=trusting)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(error) or type(error).__name__
