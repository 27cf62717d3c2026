"""What every code label takes: on what to work, how, and how hard to try."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from executors.handler import WorkspacePath
from executors.models.asking import TEXT_LENGTH, MaybeModel
from executors.sources import Source

Mark = Literal["feature", "architecture", "security"]
Name = Annotated[
    str,
    Field(
        pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$",
        max_length=200,
        json_schema_extra={"x-allowed": "a name as in the code: Queue.put"},
    ),
]


class CodeTask(Source):
    """How to go about it, whatever it is: input files or files of a repository."""

    guidance: str = Field(default="", max_length=20_000, examples=["Split it into small functions"])
    """What to mind, in words."""
    marks: Annotated[list[Mark], Field(max_length=3)] = Field(default=[], examples=[["security"]])
    """What the change touches; any of these and it needs a full review."""
    model: MaybeModel = ""
    """By default the one that the machine's settings name."""
    answers: int | None = Field(default=None, ge=1, le=32)
    """Fresh answers that are tried at most; by default as the machine's settings say."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """The same seed, model and task give the same answers, as far as the server keeps to it."""
    push: bool = False
    """Push the branch with the result to the repository, if there is none of that name yet."""


class Asked(CodeTask):
    """Which code to work on: a piece of text, input files, or files of a repository."""

    code: str = Field(
        default="", max_length=TEXT_LENGTH, examples=["def add(a, b):\n    return a\n"]
    )
    """A piece of code instead of a file: `--param code=@slow.py`, or `@-` for standard input."""
    name: WorkspacePath = "code.py"
    """The file's name that such a piece would have; its end says which language it is."""
    files: Annotated[list[WorkspacePath], Field(max_length=50)] = Field(
        default=[], examples=[["slow.py"]]
    )
    """Which files to work on, below `path`; by default all that were sent along, or those of a
    repository in which there is something to do."""


FULL_REVIEW: Literal[3] = 3


def tier_of(asked: CodeTask) -> Literal[3] | None:
    """More than the label says, where the task asks for it."""
    return FULL_REVIEW if asked.marks else None
