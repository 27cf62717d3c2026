"""The params that labels share which work on somebody's project."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from executors.handler import WorkspacePath
from executors.names import VariableName
from executors.sources import Source

WORD_LENGTH = 100_000


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL")
    return value


Word = Annotated[str, AfterValidator(_without_nul), Field(max_length=WORD_LENGTH)]
"""One of a command's words: no shell reads it."""
Words = Annotated[list[Word], Field(max_length=1000)]
Paths = Annotated[list[WorkspacePath], Field(max_length=200)]
Variables = Annotated[
    dict[VariableName, Word],
    Field(
        max_length=200,
        # Else a schema that names a pattern lets all other names pass.
        json_schema_extra={
            "additionalProperties": False,
            "x-allowed": "an object of text, whose names are letters, digits and `_`",
        },
    ),
]


class Project(Source):
    """What a label's params begin with if it runs commands in a project."""

    unpack: Annotated[list[WorkspacePath], Field(max_length=20)] = Field(
        default=[], examples=[["project.tar.gz"]]
    )
    """Input files to unpack first: tar, tar.gz, tar.bz2, tar.xz or zip."""
    env: Variables = Field(default={})
    """Added to the environment."""
    network: bool = False
    """Reach the network; only where the machine allows it: `[sandbox] network = true`."""
