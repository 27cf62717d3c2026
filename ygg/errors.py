"""Everything that can go wrong, as one tree.

    YggError                    exit 1
    ├── BadInput                exit 2   what was asked for is not allowed; names the field
    │   ├── UnknownLabel                 no route leads from its prefix
    │   ├── NeverAnnounced               no executor ever offered the label
    │   └── Conflict                     it contradicts what is already there
    ├── NotFound                exit 3   no such task, label, executor, token
    │   └── UnknownModel                 the server has no model of that name
    ├── Unreachable             exit 4   a part of the fleet does not answer
    │   ├── NoAnswer                     it hung up on a request that it may have fulfilled
    │   ├── BrokerUnreachable            Redis or Valkey
    │   ├── LedgerUnavailable            the database is locked, full or away
    │   ├── ModelUnreachable             the language model's server is away or overloaded
    │   └── RegistryUnreachable          the image registry is away, busy, or not to be trusted
    ├── Denied                  exit 5   the token is missing, unknown or of too low a role
    ├── MissingExtra            exit 2   a part of Yggdrasil is not installed here
    └── TaskFailed              exit 1   the task ended, and not well

An error travels over HTTP as ``{"error": Problem}`` and becomes the same class again at the client.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 3
EXIT_UNREACHABLE = 4
EXIT_DENIED = 5


class Problem(TypedDict):
    """An error as it travels: what failed, where, and what to do next."""

    code: str
    message: str
    field: NotRequired[str]
    allowed: NotRequired[list[str]]
    hint: NotRequired[str]
    line: NotRequired[int]


class YggError(Exception):
    """Something failed in a way that we can explain."""

    code = "error"
    exit_code = EXIT_FAILED
    http_status = 500

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        allowed: list[str] | None = None,
        hint: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.allowed = allowed
        self.hint = hint
        self.line = line

    def problem(self) -> Problem:
        found: Problem = {"code": self.code, "message": self.message}
        if self.field is not None:
            found["field"] = self.field
        if self.allowed is not None:
            found["allowed"] = self.allowed
        if self.hint is not None:
            found["hint"] = self.hint
        if self.line is not None:
            found["line"] = self.line
        return found


class BadInput(YggError):
    code = "bad_input"
    exit_code = EXIT_USAGE
    http_status = 422


class UnknownLabel(BadInput):
    code = "unknown_label"


class NeverAnnounced(BadInput):
    code = "never_announced"


class Conflict(BadInput):
    code = "conflict"
    http_status = 409


class NotFound(YggError):
    code = "not_found"
    exit_code = EXIT_NOT_FOUND
    http_status = 404


class UnknownModel(NotFound):
    code = "unknown_model"


class Unreachable(YggError):
    code = "unreachable"
    exit_code = EXIT_UNREACHABLE
    http_status = 503


class NoAnswer(Unreachable):
    code = "no_answer"


class BrokerUnreachable(Unreachable):
    code = "broker_unreachable"


class LedgerUnavailable(Unreachable):
    code = "ledger_unavailable"


class ModelUnreachable(Unreachable):
    code = "model_unreachable"


class RegistryUnreachable(Unreachable):
    code = "registry_unreachable"


class Denied(YggError):
    code = "denied"
    exit_code = EXIT_DENIED
    http_status = 403


class MissingExtra(YggError):
    code = "missing_extra"
    exit_code = EXIT_USAGE


class TaskFailed(YggError):
    code = "task_failed"
    exit_code = EXIT_FAILED


def _tree(root: type[YggError]) -> dict[str, type[YggError]]:
    """Those of here: errors of a single part travel as what they are a kind of."""
    found = {root.code: root}
    for child in root.__subclasses__():
        if child.__module__ == __name__:
            found |= _tree(child)
    return found


def from_problem(problem: Problem) -> YggError:
    """The error that a problem was made from; an unknown code becomes a plain `YggError`."""
    kind = _tree(YggError).get(problem["code"], YggError)
    return kind(
        problem["message"],
        field=problem.get("field"),
        allowed=problem.get("allowed"),
        hint=problem.get("hint"),
        line=problem.get("line"),
    )
