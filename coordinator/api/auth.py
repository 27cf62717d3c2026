"""Who asks, and may they."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from coordinator.ledger import Ledger, tokens
from coordinator.ledger.tokens import Bearer, Role
from ygg.errors import Denied

_REMEMBERED_SECONDS = 2.0
_scheme = HTTPBearer(auto_error=False, description="A token made with `ygg token create`")


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


def need(role: Role) -> Callable[..., Awaitable[Bearer]]:
    """A dependency: the bearer, if of at least this role."""

    async def check(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)],
    ) -> Bearer:
        if credentials is None:
            raise _unknown(
                "this needs a bearer token", "set YGG_TOKEN; `ygg token create` makes one"
            )
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        secret = credentials.credentials
        bearer = doorkeeper.remembered(secret)
        if bearer is None:
            bearer = await run_in_threadpool(doorkeeper.look_up, secret)
        if bearer.role < role:
            raise Denied(
                f"the token {bearer.name!r} has the role {bearer.role.name.lower()}",
                allowed=[f"{role.name.lower()} or above"],
            )
        return bearer

    return check


def _unknown(message: str, hint: str) -> Denied:
    """We do not know who asks; 403 is for those we know, and who may not."""
    found = Denied(message, hint=hint)
    found.http_status = 401
    return found


Viewer = Annotated[Bearer, Depends(need(Role.VIEWER))]
Submitter = Annotated[Bearer, Depends(need(Role.SUBMITTER))]
Operator = Annotated[Bearer, Depends(need(Role.OPERATOR))]
Admin = Annotated[Bearer, Depends(need(Role.ADMIN))]


def may_act_on(bearer: Bearer, submitted_by: str) -> None:
    """Submitters act on their own tasks, operators on everybody's."""
    if bearer.role < Role.OPERATOR and submitted_by != bearer.name:
        raise Denied(
            f"the task was submitted by {submitted_by}",
            allowed=["its submitter, or an operator"],
        )
