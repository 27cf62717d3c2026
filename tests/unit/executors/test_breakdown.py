"""What a model proposes is a plan that can be submitted, or it is told all that is wrong."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from executors.offers import installed_handlers
from executors.planning.breakdown import (
    OUTLINE,
    Draft,
    Known,
    in_full,
    in_short,
    line_of,
    line_trouble,
    outline_schema,
    told,
    troubles_of,
)
from tests.fitting import fitting

LABELS = ["dev-echo", "dev-run"]
SCHEMA = outline_schema(LABELS, 4)
HANDLERS = installed_handlers()


@given(fitting(SCHEMA, SCHEMA))
def test_the_form_allows_no_circle_and_no_unknown_label(answer: dict[str, Any]) -> None:
    steps = OUTLINE.validate_json(json.dumps(answer), strict=True)
    unknown = {ref for step in steps.values() for ref in step.after} - steps.keys()
    troubles = troubles_of(steps, LABELS, 4)
    assert len(troubles) >= len(unknown)
    assert all("is no step" in trouble for trouble in troubles)


refs = st.sampled_from(["a", "b", "c", "d"])
drafts = st.builds(
    Draft,
    title=st.just("do it"),
    label=st.sampled_from([*LABELS, "no-such"]),
    after=st.lists(refs, max_size=3).map(tuple),
)


@given(st.dictionaries(refs, drafts, min_size=1))
def test_a_plan_without_troubles_can_be_done_in_some_order(steps: dict[str, Draft]) -> None:
    if troubles_of(steps, LABELS, 4):
        return
    done: set[str] = set()
    while len(done) < len(steps):
        ready = {ref for ref, step in steps.items() if set(step.after) <= done} - done
        assert ready
        done |= ready
    assert all(line_trouble(line_of(ref, step, {})) is None for ref, step in steps.items())


def test_all_that_is_wrong_is_told_at_once() -> None:
    steps = {
        "a": Draft(title="first", label="dev-nope"),
        "b": Draft(title="second", label="dev-echo", after=("c", "nowhere")),
        "c": Draft(title="third", label="dev-echo", after=("b",)),
    }
    assert troubles_of(steps, LABELS, 2) == [
        "there are 3 steps, at most 2 are allowed",
        "a: there is no label 'dev-nope'",
        "b comes after 'nowhere', which is no step",
        "steps wait for each other: b → c → b",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"a": 7}',
        '{"a": {"title": "do it"}}',
        '{"A B": {"title": "x", "label": "y"}}',
    ],
)
def test_what_is_no_outline_is_none(text: str) -> None:
    with pytest.raises(ValidationError):
        OUTLINE.validate_json(text, strict=True)


@pytest.mark.parametrize("label", HANDLERS)
def test_a_label_is_told_in_a_form_that_a_server_can_hold_a_model_to(label: str) -> None:
    schema = HANDLERS[label].offer.params_schema
    short = told(schema)
    jsonschema_rs.validator_for(short)
    assert '"pattern"' not in json.dumps(short)
    known = Known(label, HANDLERS[label].offer.summary, schema)
    assert in_short(known).startswith(f"- {label} (")
    for name in schema.get("properties", {}):
        assert f"- {name}" in in_full(known)


ITSELF: dict[str, Any] = {
    "properties": {
        "circle": {"$ref": "#/$defs/circle"},
        "nowhere": {"$ref": "#/$defs/circle/0"},
        "tree": {"$ref": "#/$defs/tree"},
        "any": True,
        "either": {"anyOf": [False, {"type": "string"}], "description": "This."},
    },
    "$defs": {
        "circle": {"$ref": "#/$defs/circle"},
        "tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
    },
}


def test_a_schema_that_leads_into_itself_is_told_as_far_as_anybody_reads() -> None:
    known = Known("dev-x", "Do.", ITSELF)
    assert in_short(known) == "- dev-x ([circle], [nowhere], [tree], [any], [either]): Do."
    lines = in_full(known).splitlines()
    assert lines[0] == "- circle (may be left out): any JSON. "
    assert lines[2].startswith("- tree (may be left out): a list, each a list")
    assert lines[4] == "- either (may be left out): any JSON or text. This."
    assert told(ITSELF)["properties"]["any"] == {}


def test_a_line_names_its_params_and_what_it_comes_after() -> None:
    step = Draft(title="do it", label="dev-echo", after=("a", "a"))
    line = line_of("b", step, {"text": "x"})
    assert line == {
        "label": "dev-echo",
        "title": "do it",
        "ref": "b",
        "params": {"text": "x"},
        "after": ["a"],
    }
    assert line_trouble(line) is None
    assert line_trouble(line | {"priority": 9}) is not None
