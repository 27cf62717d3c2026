"""What is wrong with a document that another program wrote, in few words."""

from __future__ import annotations

from pydantic import ValidationError

_LENGTH = 200


def first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}"[:_LENGTH] if where else first["msg"][:_LENGTH]
