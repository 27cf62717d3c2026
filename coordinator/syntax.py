"""What is wrong with bytes that are no JSON, in words for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ygg.errors import BadInput

OBJECT = "a JSON object"
_HALF = re.compile("[\ud800-\udfff]")
_LEVELS = 200
"""How deep the JSON parser goes."""
_JSON_ERROR = re.compile(r"Invalid JSON: (?P<what>.*) at line (?P<line>\d+) column (?P<column>\d+)")
_JSON_WORDS = {
    "EOF while parsing": "it ends too early",
    "trailing characters": "something follows after its end",
    "expected value": "no value begins like that",
    "recursion limit exceeded": f"it is nested more than {_LEVELS} levels deep",
    "control character": "a text holds a control character that is not escaped",
}


def explain_json(body: bytes, message: str, what: str) -> BadInput:
    """`message` is what the parser said of it."""
    return _half_a_character(body) or _no_json(body, message, what)


def _no_json(body: bytes, message: str, what: str) -> BadInput:
    if not body.strip():
        return BadInput("the body is empty", field="body", allowed=[f"{what} as {OBJECT}"])
    try:
        body.decode()
    except UnicodeDecodeError as error:
        found = f"the body is not UTF-8: byte {error.start + 1} is no part of a character"
        return BadInput(found, field="body", allowed=["UTF-8"])
    return _no_syntax(message, what)


def _no_syntax(message: str, what: str) -> BadInput:
    found = _JSON_ERROR.match(message)
    if found is None:
        return BadInput(f"the body is no JSON: {message}", field="body", allowed=[OBJECT])
    said = found["what"]
    why = next((words for start, words in _JSON_WORDS.items() if start in said), said)
    line = f"line {found['line']}, " if found["line"] != "1" else ""
    return BadInput(
        f"the body is no JSON that can be read: {why}, at {line}column {found['column']}",
        field="body",
        allowed=[f"{what} as {OBJECT}"],
    )


def _half_a_character(body: bytes) -> BadInput | None:
    """Half a surrogate pair, `\\ud800`: JSON can say it and no text can hold it."""
    if b"\\u" not in body:
        return None
    try:
        for where, text in _texts(json.loads(body), ()):
            half = _HALF.search(text)
            if half:
                field = ".".join(where) or "body"
                code = f"\\u{ord(half[0]):04x}"
                message = f"{field} holds half a character, {code}"
                return BadInput(message, field=field, allowed=["whole characters: UTF-8"])
    except (ValueError, RecursionError):  # something else is wrong with it
        pass
    return None


def _texts(value: Any, where: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield where, key
            yield from _texts(inner, (*where, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*where, str(number)))
