"""Params that do not fit their label's schema, whoever wrote it: the field and what it may be."""

from __future__ import annotations

from typing import Any, Literal

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from coordinator.params import pack
from ygg.errors import BadInput
from ygg.task import Offer

MOST = 10_000


class Part(BaseModel, extra="forbid"):
    size: int = Field(multiple_of=5)
    unit: Literal["m", "s"] = "m"


class Everything(BaseModel, extra="forbid"):
    part: Part | None = None
    parts: list[Part] = Field(default=[], max_length=2)
    word_or_number: str | int = ""
    ratio: float = Field(default=0.5, gt=0, lt=1)
    tags: set[str] = set()
    named: dict[str, int] = {}


def refused(schema: dict[str, Any], params: dict[str, Any]) -> BadInput:
    offer = Offer(label="dev-x", params_schema=schema)
    with pytest.raises(BadInput) as found:
        pack(params, offer, jsonschema_rs.validator_for(schema), MOST)
    return found.value


@pytest.mark.parametrize(
    ("params", "message", "allowed"),
    [
        ({"part": 7}, "params.part cannot be 7", ["an object with size"]),
        ({"part": {}}, "params.part.size is missing", ["a whole number that is a multiple of 5"]),
        (
            {"part": {"size": "x"}},
            'params.part.size cannot be "x"',
            ["a whole number that is a multiple of 5"],
        ),
        (
            {"part": {"size": 6}},
            "params.part.size cannot be 6",
            ["a whole number that is a multiple of 5"],
        ),
        (
            {"part": {"size": 5, "unit": "km"}},
            'params.part.unit cannot be "km"',
            ["m", "s"],
        ),
        (
            {"part": {"size": 5, "sise": 5}},
            "params.part has no field 'sise'",
            ["size", "unit"],
        ),
        (
            {"parts": [{"size": 5}] * 3},
            "params.parts cannot be a list of 3",
            ["a list of objects with size (at most 2)"],
        ),
        ({"word_or_number": []}, "params.word_or_number cannot be an empty list", None),
        ({"ratio": 1}, "params.ratio cannot be 1", ["a number above 0 and below 1"]),
        (
            {"tags": ["a", "a"]},
            "params.tags cannot be a list of 2",
            ["a list of text (none of it twice)"],
        ),
        ({"named": {"a": "b"}}, 'params.named.a cannot be "b"', ["a whole number"]),
        ({"rate": 1}, "dev-x has no param 'rate'", None),
    ],
)
def test_a_param_is_refused_in_plain_words(
    params: dict[str, Any], message: str, allowed: list[str] | None
) -> None:
    error = refused(Everything.model_json_schema(), params)
    assert error.message == message
    assert allowed is None or error.allowed == allowed
    assert error.hint


def test_a_schema_may_say_by_itself_what_it_allows() -> None:
    schema = {
        "properties": {"day": {"type": "string", "pattern": "^[a-z]{3}$", "x-allowed": "mon, tue"}}
    }
    assert refused(schema, {"day": "monday"}).allowed == ["mon, tue"]


def test_the_bounds_that_its_own_words_leave_out_are_added() -> None:
    schema = {"properties": {"day": {"type": "string", "maxLength": 3, "x-allowed": "a day"}}}
    assert refused(schema, {"day": "monday"}).allowed == ["a day, at most 3 characters"]


@pytest.mark.parametrize(
    ("params", "field", "message", "allowed"),
    [
        ({"ref": "main"}, "params.repo", "params.repo is missing: ref cannot do without", "text"),
        (
            {"env": {"A": "", "B": ""}},
            "params.env",
            "params.env cannot be an object",
            "(at most 1)",
        ),
        (
            {"env": {"LONG": ""}},
            "params.env.LONG",
            'params.env cannot hold anything named "LONG"',
            "names: text of at most 3 characters",
        ),
    ],
)
def test_what_goes_with_what_and_names_that_do_not_fit_are_told(
    params: dict[str, Any], field: str, message: str, allowed: str
) -> None:
    text = {"type": "string"}
    env = {"additionalProperties": text, "propertyNames": {"maxLength": 3}, "maxProperties": 1}
    properties = {"repo": text, "ref": text, "env": {"type": "object", **env}}
    error = refused({"properties": properties, "dependentRequired": {"ref": ["repo"]}}, params)
    assert (error.field, error.message) == (field, message)
    assert allowed in " ".join(error.allowed or ())


def test_a_rule_that_has_no_words_is_told_as_the_validator_tells_it() -> None:
    error = refused({"properties": {"a": {"not": {"const": 1}}}}, {"a": 1})
    assert error.field == "params.a"
    assert error.message.startswith("params.a: ")


_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*Everything.model_fields, "other"]), _values))
def test_params_that_do_not_fit_are_refused_by_name(params: dict[str, Any]) -> None:
    schema = Everything.model_json_schema()
    validator = jsonschema_rs.validator_for(schema)
    if validator.is_valid(params):
        return
    assert (refused(schema, params).field or "").startswith("params")
