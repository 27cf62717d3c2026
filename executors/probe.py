"""`executor-probe`: whether a task comes to an end here. Every executor offers it, for itself."""

from __future__ import annotations

from pydantic import JsonValue

from executors.handler import Context, Params, handler
from ygg import __version__
from ygg.labels import PROBE
from ygg.task import Limits


class Nothing(Params):
    pass


@handler(
    PROBE,
    summary="Say which version answers, after a file of its workspace was written and read.",
    limits=Limits(soft_seconds=30, hard_seconds=40),
)
def probe(params: Nothing, context: Context) -> JsonValue:
    file = context.workspace / "probe"
    file.write_text(__version__)
    return {"version": file.read_text()}
