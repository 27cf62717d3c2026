"""The ASGI application over the coordinator's parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from coordinator.api import (
    actions,
    document,
    files,
    fleet,
    machines,
    rollouts,
    stats,
    streams,
    submit,
    tasks,
)
from coordinator.api.answers import explain_errors
from coordinator.api.auth import Doorkeeper
from coordinator.parts import Parts
from ygg import __version__

ROUTERS = tuple(
    each.router
    for each in (submit, tasks, actions, files, streams, fleet, machines, rollouts, stats)
)


def make_app(parts: Parts) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.changes.attach(asyncio.get_running_loop())
        await run_in_threadpool(parts.start)
        yield
        await run_in_threadpool(parts.close)

    app = FastAPI(
        title="Yggdrasil coordinator",
        version=__version__,
        summary="Accepts labelled tasks, hands them to executors and never loses one silently.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere, and a fleet may have no way out: the document
        # itself is at /openapi.json, and docs/reference/http.md is made from it.
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts
    app.state.doorkeeper = Doorkeeper(parts.ledger)
    explain_errors(app)
    document.complete(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
