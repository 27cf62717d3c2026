"""Answers that must be JSON of a certain form. A server keeps a model to much of a schema, not to
all of it, and may cut an answer off: so what came is held against it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

import jsonschema_rs
from pydantic import JsonValue

from ygg.errors import BadInput, YggError

SAID_LENGTH = 300


class Form:
    def __init__(self, schema: Mapping[str, JsonValue]) -> None:
        try:
            self._validator = jsonschema_rs.validator_for(dict(schema), retriever=_nothing_else)
        except ValueError as error:
            raise BadInput(
                f"the schema is none: {_first_line(error)}",
                field="schema",
                hint="it is a JSON schema, and refers to no other document",
            ) from error

    def read(self, text: str) -> JsonValue:
        try:
            found: JsonValue = json.loads(text, parse_constant=_refuse)
            self._validator.validate(found)
        except (ValueError, RecursionError) as error:
            raise YggError(
                f"the model's answer does not fit the schema: {_first_line(error)}",
                hint="allow it more tokens, ask more clearly, or take a larger model",
            ) from error
        return found


def _nothing_else(uri: str) -> NoReturn:
    """A task must not have its executor fetch what it names."""
    raise ValueError(f"{uri} is not looked up")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:SAID_LENGTH]
