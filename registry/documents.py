"""Documents that other programs read and write: their shape, and what is wrong with them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

Table = dict[str, JsonValue]
_LENGTH = 200


class Part(BaseModel):
    """Read closely; what is not known of it is left out."""

    model_config = ConfigDict(frozen=True, strict=True, populate_by_name=True)


def first_fault(error: ValidationError) -> str:
    """In few words."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}"[:_LENGTH] if where else first["msg"][:_LENGTH]
