"""What a handler is made of: the decorator, its parameters, what it may do and how it fails.

class Params(handler.Params):
    text: str

@handler("dev-shout", summary="Say it louder.")
def shout(params: Params, context: Context) -> JsonValue:
    return {"text": params.text.upper()}

Parameters after these two are given the machine's settings: see `HandlerSettings`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from executors.workspace import PATH_LENGTH, relative_path
from ygg.errors import BadInput
from ygg.labels import check_label
from ygg.machine_settings import Group
from ygg.task import Limits, Offer, Retry

TAIL_BYTES = 4096
"""So much of what a command writes comes back, unless more is asked for."""

INLINE_SECONDS = 1.0
"""The longest that a handler with `bundle=True` may take: it has no process of its own."""

BUNDLE_LIMITS = Limits(soft_seconds=INLINE_SECONDS, hard_seconds=5)


class Params(BaseModel):
    """The parameters of a label. A key that is not declared is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class HandlerSettings(Group):
    """What a machine tells its handlers: the table `[handlers.SECTION]` of its settings file.

    A key that is not declared is refused at the executor's start. Keys are lower-case, since they
    may come from the environment: `YGG_HANDLERS__SECTION__KEY`. Secrets are `SecretStr`.
    """

    section: ClassVar[str]
    """Names the table."""


def _stay_inside(path: str) -> str:
    try:
        relative_path(path)
    except BadInput as error:
        raise ValueError(error.message) from error
    return path


WorkspacePath = Annotated[
    str,
    AfterValidator(_stay_inside),
    # For the coordinator, which refuses at submit what would be refused here. Only said in the
    # schema: pydantic's own regular expressions know no look-ahead.
    Field(
        json_schema_extra={
            "pattern": r"^(?!/)(?!([^\u0000]*/)?\.\.(/|$))[^\u0000]+$",
            "maxLength": PATH_LENGTH,
            "x-allowed": "a path inside the workspace: relative, without `..`",
        }
    ),
]
"""A parameter that names a file or folder of the workspace, or a glob below it."""


class Failed(Exception):
    """The task did not do what it was asked to; `reason` says why and `hint` what to do.

    `result` is what there is to show all the same.
    """

    def __init__(self, reason: str, hint: str = "", result: Any = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.result = result


class Stopped(BaseException):
    """Raised once inside a handler that is asked to stop: cancelled, out of time, or drained."""


@dataclass(frozen=True)
class Ran:
    """How a command ended, and the last of what it wrote."""

    exit_code: int
    """Negative: the signal that killed it."""
    stdout: str
    stderr: str
    timed_out: bool = False
    """It was killed because the time that it was given was over."""


class Context(Protocol):
    """What a running handler may use. Bundled handlers have `log` and the task's names only."""

    @property
    def task_id(self) -> str: ...

    @property
    def attempt(self) -> int: ...

    @property
    def label(self) -> str: ...

    @property
    def workspace(self) -> Path:
        """A folder of this attempt alone, with its input files; removed afterwards."""
        ...

    @property
    def cache(self) -> Path:
        """A folder of this executor that outlives its tasks. Others may use it at the same time."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """The secrets that the machine lets this label use, by name; `Failed` for any other."""
        ...

    @property
    def cancelled(self) -> bool:
        """The handler was asked to stop."""
        ...

    def log(self, text: str) -> None: ...

    def progress(self, fraction: float, message: str = "") -> None: ...

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        logged: bool = True,
        keep_bytes: int = TAIL_BYTES,
        seconds: float | None = None,
        confined: bool | None = None,
        network: bool = False,
        readable: Sequence[Path] = (),
    ) -> Ran:
        """Run a command in the task's process group.

        What it writes goes to the task's log, unless it is not `logged`, and the last `keep_bytes`
        of it come back. It is killed when `seconds` are over. It is confined to the sandbox if the
        label is untrusted; there it has the network only if asked for and the machine allows it,
        and sees what is `readable` besides.
        """
        ...

    def artifact(self, pattern: str) -> None:
        """Keep a file of the workspace, as it is now; or all that a glob or folder names."""
        ...

    def warn(self, text: str) -> None:
        """Say something beside the result that a person should see."""
        ...


Function = Callable[..., Any]
"""It answers with an `Outcome` or JSON. `Any`, for to a type checker `list[str]` is not JSON."""

_SECTION = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Handler:
    """A function that does a label's work, with what its executor announces about it."""

    offer: Offer
    params: type[BaseModel]
    function: Function
    settings: tuple[type[HandlerSettings], ...] = ()
    """What its function takes besides; nothing once they are bound."""

    @property
    def label(self) -> str:
        return self.offer.label

    def __call__(self, params: BaseModel, context: Context, *settings: HandlerSettings) -> Any:
        return self.function(params, context, *settings)

    def bound(self, *settings: HandlerSettings) -> Handler:
        """The same handler, whose function has been given its settings."""
        function = self.function
        return replace(
            self,
            function=lambda params, context: function(params, context, *settings),
            settings=(),
        )


def handler(
    label: str,
    *,
    params: type[BaseModel] | None = None,
    summary: str = "",
    limits: Limits | None = None,
    retry: Retry | None = None,
    needs: Iterable[str] = (),
    bundle: bool = False,
    untrusted: bool = False,
    tier: Literal[1, 2, 3] | None = None,
    approval: Literal["none", "before"] = "none",
    examples: Iterable[dict[str, JsonValue]] = (),
    commands: Iterable[str] = (),
) -> Callable[[Function], Handler]:
    """Make a function `(params, context)` or `(params, context, settings…)` the handler of a label.

    The models of params and settings are the annotations; the summary is the first line of the
    docstring. With `bundle` it runs in the worker's own process and must be quick. The commands of
    an `untrusted` one run code that nobody vouches for: in the sandbox, or not at all. `commands`
    are whole command lines to try, where `examples` of params alone do not show enough.
    """
    check_label(label)

    def wrap(function: Function) -> Handler:
        model = params or _annotated(function)
        first_line = (inspect.getdoc(function) or "").partition("\n")[0]
        offer = Offer(
            label=label,
            summary=summary or first_line,
            params_schema=model.model_json_schema(),
            examples=tuple(examples),
            tier=tier,
            approval=approval,
            limits=limits or (BUNDLE_LIMITS if bundle else Limits()),
            retry=retry or Retry(),
            needs=frozenset(needs),
            bundle=bundle,
            untrusted=untrusted,
            commands=tuple(commands),
        )
        return Handler(offer, model, function, _settings_of(function))

    return wrap


def _annotated(function: Function) -> type[BaseModel]:
    first = next(iter(inspect.signature(function).parameters), None)
    found = get_type_hints(function).get(first) if first else None
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise TypeError(f"{function!r}: annotate its first parameter with a pydantic model")
    return found


def _settings_of(function: Function) -> tuple[type[HandlerSettings], ...]:
    names = list(inspect.signature(function).parameters)[2:]
    hints = get_type_hints(function)
    return tuple(_section_of(function, name, hints.get(name)) for name in names)


def _section_of(function: Function, name: str, found: Any) -> type[HandlerSettings]:
    if not (isinstance(found, type) and issubclass(found, HandlerSettings)):
        raise TypeError(f"{function!r}: annotate {name} with a class of HandlerSettings")
    if not _SECTION.fullmatch(getattr(found, "section", "")):
        raise TypeError(f'{found!r}: give it a section, such as section = "disk"')
    return found
