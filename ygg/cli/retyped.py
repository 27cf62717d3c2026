"""A param's value is read as JSON where it parses. Where the label refuses that, text was meant.

The label's schema decides, and the coordinator has it at hand: asking again costs a request only
where the first one was refused, and then nothing was written.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from ygg.cli.params import parse_json
from ygg.errors import BadInput

Answer = TypeVar("Answer")
Task = dict[str, object]

LONGEST_EXAMPLE = 200
"""What a file holds may be longer than a hint."""


def send(ask: Callable[[Task], Answer], task: Task, typed: Mapping[str, str]) -> Answer:
    """What the coordinator answers. `typed` are the values as text, typed or from files."""
    try:
        return ask(task)
    except BadInput as error:
        name = _param(error)
        params = cast("Mapping[str, object]", task.get("params", {}))
        if name not in typed or name not in params:
            raise
        if isinstance(params[name], str):
            error.hint = _hint(name, typed[name], error)
            raise
        again = task | {"params": {**params, name: typed[name]}}
        return _send_again(ask, again, typed, error)


def _send_again(
    ask: Callable[[Task], Answer], task: Task, typed: Mapping[str, str], first: BadInput
) -> Answer:
    try:
        return send(ask, task, typed)
    except BadInput as second:
        if _param(second) == _param(first):
            raise first from None
        raise


def _param(error: BadInput) -> str:
    prefix, _, name = (error.field or "").partition(".")
    return name if prefix == "params" else ""


def _hint(name: str, text: str, error: BadInput) -> str | None:
    """How to write what is allowed, where that is not plain from the words for it."""
    wrong = _why_not_json(text) if text[:1] in ("[", "{") else None
    allowed = " ".join([error.message, *(error.allowed or ())])
    if wrong:
        return f"as JSON it is broken ({wrong}), so it was taken for text"
    if "a list" in allowed and len(text) <= LONGEST_EXAMPLE:
        example = json.dumps(_split(text), ensure_ascii=False)
        return f"--param {name}={shlex.quote(example)}"
    if "an object" in allowed:
        return f"""--param {name}='{{"NAME": "value"}}'"""
    return error.hint


def _split(text: str) -> list[str]:
    """Into words, as a shell does it: `ls -l` was meant for a command and its argument."""
    inner = text[1:-1] if text[:1] == text[-1:] == '"' else text
    try:
        return shlex.split(inner) or [text]
    except ValueError:  # a quote that is not closed
        return [text]


def _why_not_json(text: str) -> str | None:
    try:
        parse_json(text)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None
