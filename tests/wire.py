"""What a version says on the wire, recorded for the tests of the versions after it.

python -m tests.wire 0.2      records this version's, once, when it is released
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ygg.task import (
    EVENTS,
    LOG_CHUNKS,
    Announced,
    Announcement,
    BlobRef,
    Departed,
    DrainOrder,
    Ending,
    Envelope,
    Finished,
    Heartbeat,
    Limits,
    LogChunk,
    LogSummary,
    Message,
    NamedBlob,
    Offer,
    Outcome,
    Retry,
    Started,
    Verdict,
)

RECORDED = Path(__file__).parent / "fixtures" / "wire"
KINDS: dict[str, TypeAdapter[Any]] = {
    "message": TypeAdapter(Message),
    "events": EVENTS,
    "log-chunks": LOG_CHUNKS,
    "heartbeat": TypeAdapter(Heartbeat),
    "drain-order": TypeAdapter(DrainOrder),
}
"""All that travels: each in a file of its own, with the schema by which that version reads it."""

_BLOB = BlobRef(sha256="0a" * 32, size_bytes=5, inline_base64="aGVsbG8=")
_FILE = NamedBlob(path="src/slow.py", blob=_BLOB)
_LIMITS = Limits(soft_seconds=60, hard_seconds=90)
_OFFER = Offer(
    label="code-refactor",
    summary="Make code read better.",
    params_schema={"type": "object", "properties": {"file": {"type": "string"}}},
    examples=({"file": "slow.py"},),
    tier=2,
    approval="before",
    limits=_LIMITS,
    retry=Retry(
        on=(Ending.LOST, Ending.TIMEOUT),
        max_attempts=5,
        backoff_seconds=1,
        backoff_cap_seconds=60,
    ),
    needs=frozenset({"gpu"}),
    bundle=True,
    untrusted=True,
    commands=("ygg submit code-refactor --param file=slow.py",),
)
_ANNOUNCEMENT = Announcement(
    executor="fenrir-2",
    boot="9f8e7d6c",
    machine="fenrir",
    version="0.1.0",
    image_digest="sha256:" + "0b" * 32,
    queues=("code", "on.fenrir"),
    concurrency=4,
    tags=frozenset({"gpu"}),
    offers=(_OFFER,),
)
_OUTCOME = Outcome(
    ending=Ending.RETURNED,
    reason="it was told to stop",
    hint="it is tried again elsewhere",
    result={"lines": [1, 2.5, None, True, "x"]},
    warnings=("one file was skipped",),
    artifacts=(_FILE,),
    verdict=Verdict.VERIFIED,
    tier=3,
    cause="drain",
    started_at=1.7e9,
    ended_at=1.7e9 + 1,
    log=LogSummary(bytes=1000, dropped_bytes=10),
)
_CHUNK = LogChunk(
    task_id="t1", attempt=2, sequence=7, at=1.7e9, stream="stderr", text="é\n", dropped_bytes=3
)
_ENVELOPE = Envelope(
    task_id="t1",
    attempt=2,
    label="code-refactor",
    title="Make it fast",
    params={"file": "slow.py", "depth": 2, "more": {"a": [None]}},
    inputs=(_FILE,),
    requires=frozenset({"gpu"}),
    limits=_LIMITS,
)


def said() -> dict[str, list[Any]]:
    """Of each kind, one with every field told; events of every kind with every ending."""
    endings = [
        Finished(
            task_id="t1",
            attempt=2,
            executor="fenrir-2",
            boot="9f8e7d6c",
            spool="0001",
            outcome=_OUTCOME.model_copy(update={"ending": ending}),
        )
        for ending in Ending
    ]
    started = Started(task_id="t1", attempt=2, executor="fenrir-2", at=1.7e9)
    departed = Departed(executor="fenrir-2", boot="9f8e7d6c")
    beat = Heartbeat(
        executor="fenrir-2",
        boot="9f8e7d6c",
        at=1.7e9,
        running=1,
        finished=12,
        draining=True,
        resting=True,
        spooled=3,
    )
    return {
        "message": [Message(expires_at_ms=1_700_000_000_000, epoch="e.r", envelopes=(_ENVELOPE,))],
        "events": [(Announced(announcement=_ANNOUNCEMENT), started, *endings, departed)],
        "log-chunks": [(_CHUNK,)],
        "heartbeat": [beat],
        "drain-order": [DrainOrder(order="order-1", seconds=120)],
    }


def main(version: str) -> None:
    folder = RECORDED / version
    folder.mkdir(parents=True)
    for kind, messages in said().items():
        adapter = KINDS[kind]
        told = {
            "said": [adapter.dump_python(one, mode="json") for one in messages],
            "reads": adapter.json_schema(),
        }
        file = folder / f"{kind}.json"
        file.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
