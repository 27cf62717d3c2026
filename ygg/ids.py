"""Task ids: twelve characters that sort by time and can be read aloud.

Forty bits of milliseconds and twenty bits that only grow within one millisecond, in Crockford's
base 32 (no i, l, o or u). One process never repeats an id and never goes back in time; two
processes can collide only in the same millisecond, and the ledger's primary key decides that.
"""

from __future__ import annotations

import secrets
import threading
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12
_EPOCH_MS = 1_735_689_600_000  # 2025-01-01: forty bits last until 2059
_TAIL_BITS = 20
_LETTER_BITS = 5
_READ_AS = str.maketrans("iloILO", "110110")

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """`count` ids in rising order: cheap for a database that keeps rows in that order."""
    global _last
    with _lock:
        start = (int(time.time() * 1000) - _EPOCH_MS) << _TAIL_BITS
        start |= secrets.randbits(_TAIL_BITS - 1)
        start = max(start, _last + 1)
        _last = start + count - 1
    return [_render(start + step) for step in range(count)]


def first_id(moment: float) -> str:
    """The lowest id that is made at that moment, in seconds since 1970."""
    latest = (1 << (LENGTH * _LETTER_BITS - _TAIL_BITS)) - 1
    return _render(int(min(max(moment * 1000 - _EPOCH_MS, 0), latest)) << _TAIL_BITS)


def read_id(text: str) -> str | None:
    """The id that a person typed, or nothing: capitals, and o, i, l for 0 and 1, are forgiven."""
    found = text.strip().translate(_READ_AS).lower()
    if len(found) == LENGTH and all(letter in ALPHABET for letter in found):
        return found
    return None


def _render(number: int) -> str:
    letters = []
    for _ in range(LENGTH):
        letters.append(ALPHABET[number & 31])
        number >>= _LETTER_BITS
    return "".join(reversed(letters))
