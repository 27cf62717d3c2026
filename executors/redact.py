"""Keeps secrets out of what a task says, also where it says them in base64 or in pieces."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from pydantic import JsonValue

from ygg.task import Outcome

MASK = "********"
_LINE = 12
"""The lines of a secret of several are secrets themselves, unless shorter than this."""


class Redactor:
    def __init__(self, secrets: Iterable[str]) -> None:
        self._spellings = sorted(_spellings(secrets), key=len, reverse=True)
        self._longest = max(map(len, self._spellings), default=0)
        self._pattern = re.compile("|".join(map(re.escape, self._spellings)))

    def __bool__(self) -> bool:
        return bool(self._spellings)

    def text(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._spellings else text

    def outcome(self, outcome: Outcome) -> Outcome:
        if not self._spellings:
            return outcome
        return outcome.model_copy(
            update={
                "reason": self.text(outcome.reason),
                "hint": self.text(outcome.hint),
                "result": self._json(outcome.result),
                "warnings": tuple(map(self.text, outcome.warnings)),
            }
        )

    def beginning(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        for size in range(min(self._longest - 1, len(text)), 0, -1):
            end = text[-size:]
            if any(spelling.startswith(end) for spelling in self._spellings):
                return size
        return 0

    def _json(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._json(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self._json(one) for name, one in value.items()}
        return value


class RedactedStream:
    """Text that comes in pieces: what may be the beginning of a secret waits for the next."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""

    def write(self, text: str) -> str:
        if not self._redactor:
            return text
        text = self._redactor.text(self._held + text)
        kept = self._redactor.beginning(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def close(self) -> str:
        held, self._held = self._held, ""
        return held


def _spellings(secrets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for secret in secrets:
        lines = [line for line in secret.splitlines() if len(line) >= _LINE]
        for one in {secret, *lines}:
            encoded = one.encode(errors="replace")
            found |= {one, quote(one, safe=""), json.dumps(one)[1:-1]}
            found |= {json.dumps(one, ensure_ascii=False)[1:-1]}
            found |= {
                base64.b64encode(encoded).decode().rstrip("="),
                base64.urlsafe_b64encode(encoded).decode().rstrip("="),
            }
    return found - {""}
