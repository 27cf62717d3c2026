"""What a script inside wrote is believed if the seal on it is of a key that only it was told."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from pydantic import JsonValue


def sealed_lines(text: str, key: str) -> list[dict[str, JsonValue]] | None:
    """The objects before the last line, which is their seal; nothing when it is not theirs."""
    body, _, last = text.rstrip("\n").rpartition("\n")
    if body:
        body += "\n"
    try:
        seal = json.loads(last)["seal"]
        wanted = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
        if not (isinstance(seal, str) and hmac.compare_digest(seal.encode(), wanted.encode())):
            return None
        lines = [json.loads(line) for line in body.splitlines()]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return lines if all(isinstance(line, dict) for line in lines) else None


def number(line: Mapping[str, JsonValue], name: str) -> float:
    found = line.get(name)
    return float(found) if isinstance(found, int | float) else 0.0


def words(line: Mapping[str, JsonValue], name: str) -> str:
    found = line.get(name)
    return found if isinstance(found, str) else ""
