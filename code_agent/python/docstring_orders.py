"""Whether a docstring gives orders to a model that will read it, instead of speaking of its code.

They come from comments and texts of the code, which the model that wrote it has obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from code_agent.python.docstring_words import names_in
from code_agent.python.source import parsed

MOST_TOLD = 80
_ORDERS = (
    re.compile(r"\b(?P<of>SYSTEM|ASSISTANT|DEVELOPER|USER)\s*:"),
    re.compile(
        r"\b(?:ignor|disregard|forget|overrid|bypass)\w*(?:\W+\w+){0,4}?\W+"
        r"(?:the\s+above|(?P<of>instruction|prompt|order|guideline)s?)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:mark|report|declare|consider|treat|rate)\w*(?:\W+\w+){0,5}?\W+"
        r"(?P<of>verified|approved)\b",
        re.IGNORECASE,
    ),
)


def orders(source: str, docstring: str) -> Iterator[str]:
    """Code that has to do with what they are about may well speak of that."""
    known = " ".join(names_in(parsed(source))).lower()
    for order in _ORDERS:
        for found in order.finditer(docstring):
            of = (found["of"] or "").lower()
            if not of or of[:6] not in known:
                said = " ".join(found[0].split())[:MOST_TOLD]
                yield f"it gives an order to whoever reads it: {said}"
