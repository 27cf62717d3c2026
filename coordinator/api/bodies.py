"""The small bodies that requests may have; a task's is in `ygg.task`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from coordinator.api.requests import read_body
from coordinator.reading import read_json
from ygg.task import LONGEST_SECONDS

SMALL_BYTES = 64 * 1024

Model = TypeVar("Model", bound=BaseModel)


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    note: str = Field(default="", max_length=2000)
    """Why; kept with the task."""


class Replay(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    since: float
    """Seconds since 1970."""
    label: str | None = None
    dry_run: bool = False
    """Only say which."""


class Drain(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    seconds: float = Field(default=600, ge=0, le=LONGEST_SECONDS)
    """So long what runs may go on; then it is handed back, and another machine begins it anew."""
    executor: str = Field(default="", max_length=100)
    """The only one on the machine that is meant; without it all."""
    note: str = Field(default="", max_length=2000)
    """Why."""


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$",
        json_schema_extra={
            "x-allowed": "1 to 100 letters, digits, dots, dashes, `_` or `@`, the first no sign"
        },
    )
    role: str
    """`viewer`, `submitter`, `operator` or `admin`."""


def body_of(
    model: type[Model], what: str, *, optional: bool = False, most: int = SMALL_BYTES
) -> Callable[[Request], Awaitable[Model]]:
    """A dependency: the body as a model, whatever its content type; none at all if `optional`."""

    async def read(request: Request) -> Model:
        body = await read_body(request, most, "")
        return model() if optional and not body else read_json(model, body, what)

    return read
