"""How many tokens a text may be where the server does not count: rather too many than too few."""

from __future__ import annotations

import math
import string

from ygg.models.port import Chat, Generate

_WORDS = (string.ascii_letters + string.whitespace).encode()
_DIGITS = string.digits.encode()
_SIGNS = string.punctuation.encode()
_WEIGHTS = ((_WORDS, 0.4), (_DIGITS, 1.0), (_SIGNS, 0.7))
_OTHER_WEIGHT = 0.8
"""Tokens to a byte, in the densest texts that were tried. Prose has half as many."""
MARGIN = 1.1
"""The next text may be denser than the densest so far."""
LEARN_BYTES = 400
"""In a shorter prompt the template's own tokens weigh too much."""
MESSAGE_TOKENS = 16
TEMPLATE_TOKENS = 64
"""What a model's template puts around each message, and around all: some say who the model is."""
MOST_BYTES = 12
"""No text that somebody wrote has so many to a token."""


def size_bytes(request: Chat | Generate) -> int:
    return sum(len(text.encode()) for text in _texts(request))


def most_tokens(request: Chat | Generate) -> int:
    """No tokenizer makes more tokens than there are bytes."""
    return size_bytes(request) + _around(request)


class Estimate:
    """Learns from what a server says of its prompts, for each of its models."""

    def __init__(self) -> None:
        self._densest: dict[str, float] = {}

    def tokens(self, request: Chat | Generate, model: str) -> int:
        known = self._densest.get(model)
        factor = 1.0 if known is None else known * MARGIN
        return min(math.ceil(_weight(request) * factor) + _around(request), most_tokens(request))

    def learn(self, request: Chat | Generate, model: str, tokens_in: int) -> None:
        if size_bytes(request) >= LEARN_BYTES and tokens_in > 0:
            found = tokens_in / _weight(request)
            self._densest[model] = max(found, self._densest.get(model, found))


def is_too_few(request: Chat | Generate, tokens_in: int) -> bool:
    """Whether a server that says so cannot have read all of it."""
    return 0 < tokens_in * MOST_BYTES < size_bytes(request)


def _weight(request: Chat | Generate) -> float:
    return sum(_weight_of(text.encode()) for text in _texts(request))


def _weight_of(content: bytes) -> float:
    found, rest = 0.0, content
    for letters, weight in _WEIGHTS:
        others = rest.translate(None, letters)
        found += (len(rest) - len(others)) * weight
        rest = others
    return found + len(rest) * _OTHER_WEIGHT


def _around(request: Chat | Generate) -> int:
    return TEMPLATE_TOKENS + MESSAGE_TOKENS * len(_texts(request))


def _texts(request: Chat | Generate) -> list[str]:
    if isinstance(request, Generate):
        return [request.prompt]
    return [each.text for each in request.messages]
