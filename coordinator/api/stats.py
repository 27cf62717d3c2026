"""Statistics: what the tasks of a family came to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Viewer
from coordinator.api.document import READS, told
from coordinator.api.requests import Route, parts_of
from coordinator.stats import family_stats
from ygg import views

router = APIRouter(prefix="/v1", tags=["fleet"], route_class=Route)


@router.get(
    "/stats/{family}",
    response_model=views.FamilyStats,
    responses=told(examples.STATS, refused=(*READS, 404)),
)
def stats(
    request: Request,
    _bearer: Viewer,
    family: Annotated[str, Path(description="The first word of labels", examples=["code"])],
    since: Annotated[
        float | None,
        Query(description="Only tasks made since: seconds since 1970", allow_inf_nan=False),
    ] = None,
) -> Response:
    """What the tasks of a family came to, label by label: verdicts, and what they cost."""
    parts = parts_of(request)
    return answer(family_stats(parts.ledger, parts.catalogue.labels, family, since))
