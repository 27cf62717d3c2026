"""From what a language model proposes to tasks that can be submitted, or to what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from executors.planning.circles import circle_in, knots
from ygg.task import TaskSpec
from ygg.words import in_words

REF = r"^[a-z][a-z0-9-]{0,30}$"
LONGEST_SHOWN = 200
"""A text that a schema lets be longer is not held to its length while the model writes: such
grammars grow too large. The check afterwards holds it to all of its schema."""
MOST_SHOWN = 20
SHOWN = ("type", "enum", "const", "anyOf", "oneOf", "$ref", "required", "minimum", "maximum")


@dataclass(frozen=True)
class Known:
    """A label that a task may have."""

    label: str
    summary: str
    schema: Mapping[str, JsonValue]


class Listed(BaseModel):
    """A label as `ygg labels --json` prints it."""

    label: str
    summary: str = ""
    params_schema: dict[str, JsonValue]


LISTED = TypeAdapter(list[Listed])


class Draft(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=3, max_length=100)
    label: str
    after: tuple[str, ...] = ()


Outline = Annotated[dict[Annotated[str, Field(pattern=REF)], Draft], Field(min_length=1)]
OUTLINE: TypeAdapter[dict[str, Draft]] = TypeAdapter(Outline)
"""The steps by their refs."""


def outline_schema(labels: Sequence[str], most: int) -> dict[str, JsonValue]:
    """What the model is held to when it names the steps: each may come after earlier ones only."""
    refs = [f"step{number}" for number in range(1, most + 1)]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [*refs[:1]],
        "properties": {ref: _draft(labels, refs[:place]) for place, ref in enumerate(refs)},
    }


def _draft(labels: Sequence[str], earlier: Sequence[str]) -> dict[str, JsonValue]:
    properties: dict[str, JsonValue] = {
        "title": {"type": "string", "minLength": 3, "maxLength": 100},
        "label": {"enum": list(labels)},
    }
    if earlier:
        properties["after"] = {"type": "array", "items": {"enum": list(earlier)}, "maxItems": 8}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def troubles_of(steps: Mapping[str, Draft], labels: Collection[str], most: int) -> list[str]:
    """All that keeps the steps from being a plan, for whoever is to mend it."""
    return list(dict.fromkeys(_troubles(steps, labels, most)))


def _troubles(steps: Mapping[str, Draft], labels: Collection[str], most: int) -> Iterator[str]:
    if len(steps) > most:
        yield f"there are {len(steps)} steps, at most {most} are allowed"
    for ref, step in steps.items():
        if step.label not in labels:
            yield f"{ref}: there is no label {step.label!r}"
        for other in step.after:
            if other not in steps:
                yield f"{ref} comes after {other!r}, which is no step"
    waits = {ref: step.after for ref, step in steps.items()}
    for knot in knots(waits):
        yield f"steps wait for each other: {' → '.join(circle_in(knot, waits))}"


def told(schema: Mapping[str, Any]) -> dict[str, JsonValue]:
    """The part of a label's schema that a model can be held to while it writes."""
    found = _told(schema)
    if "$defs" in schema:
        found["$defs"] = {name: _told(each) for name, each in schema["$defs"].items()}
    return found


def _told(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping):  # true or false is a schema, too
        return {}
    found: dict[str, Any] = {key: schema[key] for key in SHOWN if key in schema}
    for key in ("anyOf", "oneOf"):
        if key in found:
            found[key] = [_told(each) for each in found[key]]
    for key, most in (("maxLength", LONGEST_SHOWN), ("maxItems", MOST_SHOWN)):
        if schema.get(key, most + 1) <= most:
            found[key] = schema[key]
    for key in ("minLength", "minItems"):
        if schema.get(key, 0) == 1:
            found[key] = 1
    if isinstance(schema.get("items"), Mapping):
        found["items"] = _told(schema["items"])
    if "properties" in schema:
        found["properties"] = {name: _told(each) for name, each in schema["properties"].items()}
        found["additionalProperties"] = False
    return found


def in_short(known: Known) -> str:
    """A label and its params, for a prompt."""
    properties: Any = known.schema.get("properties", {})
    required: Any = known.schema.get("required", ())
    names = [name if name in required else f"[{name}]" for name in properties]
    return f"- {known.label} ({', '.join(names)}): {known.summary}"


def in_full(known: Known) -> str:
    properties: Any = known.schema.get("properties", {})
    required: Any = known.schema.get("required", ())
    return "\n".join(
        f"- {name}{'' if name in required else ' (may be left out)'}: "
        f"{in_words(each, known.schema)}. {_description(each)}"
        for name, each in properties.items()
    )


def _description(schema: Any) -> str:
    return str(schema.get("description", "")) if isinstance(schema, Mapping) else ""


def line_of(ref: str, step: Draft, params: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """As `ygg submit --from` takes it."""
    line: dict[str, JsonValue] = {"label": step.label, "title": step.title, "ref": ref}
    if params:
        line["params"] = dict(params)
    if step.after:
        line["after"] = list(dict.fromkeys(step.after))
    return line


def line_trouble(line: Mapping[str, JsonValue]) -> str | None:
    """What the coordinator would say of it, were it not a task."""
    try:
        TaskSpec.model_validate(line)
    except ValidationError as error:
        return first_of(error)
    return None


def first_of(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in found['loc']) or 'it'}: {found['msg']}"
