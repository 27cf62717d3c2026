"""Who asks, and may they."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool

from coordinator.ledger import Ledger, tokens
from coordinator.ledger.tokens import Bearer, Role
from ygg.errors import Denied

_REMEMBERED_SECONDS = 2.0


class Doorkeeper:
    """Looks tokens up, and remembers them for a moment."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, tuple[float, Bearer]] = {}

    def remembered(self, secret: str) -> Bearer | None:
        kept = self._known.get(tokens.digest(secret))
        if kept is not None and time.monotonic() - kept[0] < _REMEMBERED_SECONDS:
            return kept[1]
        return None

    def look_up(self, secret: str) -> Bearer:
        name = tokens.digest(secret)
        with self._ledger.read() as connection:
            found = tokens.find(connection, secret)
        if found is None:
            self._known.pop(name, None)
            raise _unknown("the token is unknown or revoked", "`ygg token create` makes one")
        self._known[name] = (time.monotonic(), found)
        return found

    def forget(self) -> None:
        self._known.clear()


class AtLeast(HTTPBearer):
    """A dependency: the bearer, if of at least this role."""

    def __init__(self, role: Role) -> None:
        # One name for all roles: the document tells of one scheme.
        super().__init__(
            scheme_name="HTTPBearer",
            auto_error=False,
            description="A token made with `ygg token create`",
        )
        self.role = role

    async def __call__(self, request: Request) -> Bearer:  # type: ignore[override]
        credentials = await super().__call__(request)
        if credentials is None:
            raise _unknown(
                "this needs a bearer token", "set YGG_TOKEN; `ygg token create` makes one"
            )
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        secret = credentials.credentials
        bearer = doorkeeper.remembered(secret)
        if bearer is None:
            bearer = await run_in_threadpool(doorkeeper.look_up, secret)
        if bearer.role < self.role:
            raise Denied(
                f"the token {bearer.name!r} has the role {bearer.role.name.lower()}",
                allowed=[f"{self.role.name.lower()} or above"],
            )
        return bearer


def _unknown(message: str, hint: str) -> Denied:
    """We do not know who asks; 403 is for those we know, and who may not."""
    found = Denied(message, hint=hint)
    found.http_status = 401
    return found


Viewer = Annotated[Bearer, Depends(AtLeast(Role.VIEWER))]
Submitter = Annotated[Bearer, Depends(AtLeast(Role.SUBMITTER))]
Operator = Annotated[Bearer, Depends(AtLeast(Role.OPERATOR))]
Admin = Annotated[Bearer, Depends(AtLeast(Role.ADMIN))]


def may_act_on(bearer: Bearer, submitted_by: str) -> None:
    """Submitters act on their own tasks, operators on everybody's."""
    if bearer.role < Role.OPERATOR and submitted_by != bearer.name:
        raise Denied(
            f"the task was submitted by {submitted_by}",
            allowed=["its submitter, or an operator"],
        )
