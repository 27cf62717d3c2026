"""Names that the params of several families have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]

Name = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_-]*$",
        max_length=63,
        json_schema_extra={"x-allowed": "lower-case letters, digits, `-`, `_`"},
    ),
]
"""Of something in a machine's settings."""
