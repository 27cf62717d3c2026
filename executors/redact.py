"""Keeps secrets out of what a task says, also where it says them in base64 or in pieces."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from pydantic import JsonValue

from ygg.task import Outcome

MASK = "********"
TELLING = 6
"""So much of a secret, cut off from the rest, is still worth keeping to oneself."""
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

    def fragment(self, text: str) -> str:
        """Text that may have been cut out of more: with half a secret at either end."""
        if not self._spellings:
            return text
        text = self.text(text)
        head = self.ending(text)
        text = MASK + text[head:] if head >= TELLING else text
        tail = self.beginning(text)
        return text[: len(text) - tail] + MASK if tail >= TELLING else text

    def outcome(self, outcome: Outcome) -> Outcome:
        if not self._spellings:
            return outcome
        return outcome.model_copy(
            update={
                "reason": self.fragment(outcome.reason),
                "hint": self.fragment(outcome.hint),
                "result": self._json(outcome.result),
                "warnings": tuple(map(self.fragment, outcome.warnings)),
            }
        )

    def beginning(self, text: str) -> int:
        """How many characters at the end may be the beginning of a secret."""
        for size in range(min(self._longest - 1, len(text)), 0, -1):
            end = text[-size:]
            if any(spelling.startswith(end) for spelling in self._spellings):
                return size
        return 0

    def ending(self, text: str) -> int:
        """How many characters at the start may be the end of a secret."""
        for size in range(min(self._longest - 1, len(text)), 0, -1):
            start = text[:size]
            if any(spelling.endswith(start) for spelling in self._spellings):
                return size
        return 0

    def _json(self, value: JsonValue) -> JsonValue:
        if isinstance(value, str):
            return self.fragment(value)
        if isinstance(value, list):
            return [self._json(one) for one in value]
        if isinstance(value, dict):
            return {self.fragment(name): self._json(one) for name, one in value.items()}
        return value


class RedactedStream:
    """Text that comes in pieces: what may be the beginning of a secret waits for the next."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""
        self._torn = False

    def write(self, text: str) -> str:
        if not self._redactor or not text:
            return text
        if self._torn:
            head = self._redactor.ending(text)
            text = MASK + text[head:] if head >= TELLING else text
            self._torn = False
        text = self._redactor.text(self._held + text)
        kept = self._redactor.beginning(text)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]

    def tear(self) -> str:
        """What comes next does not follow on what was: the rest of it."""
        self._torn = True
        held, self._held = self._held, ""
        return MASK if len(held) >= TELLING else held


def _spellings(secrets: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for secret in secrets:
        lines = [line for line in secret.splitlines() if len(line) >= _LINE]
        for one in {secret, *lines}:
            encoded = one.encode(errors="replace")
            found |= {one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1]}
            found |= {quote(one, safe=safe) for safe in ("", "/")} | {encoded.hex()}
            found |= set(_in_base64(encoded))
    return found - {""}


def _in_base64(secret: bytes) -> Iterator[str]:
    """In either alphabet, and wherever it begins: `user:` may stand before it."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret)
        first, last = -(-before * 8 // 6), (before + len(secret)) * 8 // 6
        found = whole[first:last].decode()
        yield found
        yield found.replace("+", "-").replace("/", "_")
