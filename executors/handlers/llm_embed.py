"""`llm-embed`: turn texts into vectors."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field, JsonValue

from executors.handler import Context, Failed, Params, WorkspacePath, handler
from executors.models.asking import (
    HALF_HOUR,
    INLINE_BYTES,
    MaybeModel,
    Models,
    Text,
    asked,
    file_text,
)
from ygg.models.port import Model
from ygg.task import Outcome

AT_A_TIME = 16
"""Texts in one request."""
VECTORS = "vectors.jsonl"


class Texts(Params):
    model: MaybeModel = ""
    """By default the one that the machine's settings name for this, or for all."""
    texts: list[Text] = Field(default=[], max_length=1000, examples=[["an oak", "an ash"]])
    """What becomes a vector each."""
    files: Annotated[list[WorkspacePath], Field(max_length=1000)] = Field(
        default=[], examples=[["notes.txt"]]
    )
    """Input files; each becomes a vector as a whole, after the texts."""


@handler(
    "llm-embed",
    summary="Turn texts into vectors that are near each other where the texts are alike.",
    limits=HALF_HOUR,
    examples=[{"texts": ["an oak", "an ash"]}],
)
def embed(params: Texts, context: Context, settings: Models) -> Outcome | JsonValue:
    texts = [*params.texts, *(file_text(name, context) for name in params.files)]
    if not texts:
        raise Failed("there is nothing to turn into vectors", hint="give texts or files")
    return asked(settings, lambda model: _vectors(texts, params.model, model, context))


def _vectors(texts: list[str], name: str, model: Model, context: Context) -> dict[str, JsonValue]:
    vectors: list[list[float]] = []
    tokens, seconds = 0, 0.0
    for start in range(0, len(texts), AT_A_TIME):
        found = model.embed(texts[start : start + AT_A_TIME], name)
        vectors += ([float(f"{one:.6g}") for one in vector] for vector in found.vectors)
        tokens += found.tokens_in
        seconds += found.seconds
        context.progress(len(vectors) / len(texts), f"{len(vectors)} of {len(texts)} texts")
    told: dict[str, JsonValue] = {
        "model": found.model.name,
        "digest": found.model.digest,
        "count": len(vectors),
        "dimensions": len(vectors[0]),
        "tokens_in": tokens,
        "seconds": round(seconds, 3),
    }
    lines = [json.dumps(vector) for vector in vectors]
    if sum(map(len, lines)) <= INLINE_BYTES:
        return told | {"vectors": [[*vector] for vector in vectors]}
    (context.workspace / VECTORS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    context.artifact(VECTORS)
    return told | {"file": VECTORS}
