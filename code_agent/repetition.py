"""Small models fall into saying the same thing for ever; nothing comes of such an answer's rest."""

from __future__ import annotations

TIMES = 4
SHORTEST = 400
"""So many letters at least must have repeated: a table may well hold forty zeros."""
_PROBE = 32


def repeats_from(text: str) -> int | None:
    """Where the end of a text begins to say again what it said, once it has done so for long."""
    if len(text) < SHORTEST:
        return None
    earlier = text.rfind(text[-_PROBE:], 0, len(text) - 1)
    if earlier < 0:
        return None
    period = len(text) - _PROBE - earlier
    repeated = max(SHORTEST, TIMES * period)
    if len(text) < repeated or text[-repeated:-period] != text[period - repeated :]:
        return None
    begins = len(text) - repeated
    while begins > 0 and text[begins - 1] == text[begins - 1 + period]:
        begins -= 1
    return begins + period
