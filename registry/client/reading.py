"""Answers are read up to a bound, and as they are: nothing is unpacked on the way."""

from __future__ import annotations

import httpx

from registry.client.trouble import no_registry

JSON_BYTES = 8 * 1024 * 1024


def bounded(response: httpx.Response, most_bytes: int, address: str) -> bytes:
    found = bytearray()
    for chunk in response.iter_raw():
        found += chunk
        if len(found) > most_bytes:
            raise no_registry(address, f"its answer is larger than {most_bytes} bytes")
    return bytes(found)


def beginning(response: httpx.Response, most_bytes: int) -> bytes:
    """Enough to read why something was refused."""
    found = bytearray()
    for chunk in response.iter_raw():
        found += chunk
        if len(found) >= most_bytes:
            break
    return bytes(found[:most_bytes])
