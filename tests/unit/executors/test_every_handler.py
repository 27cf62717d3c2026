"""What every handler that is installed owes to the people who use it and to those beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from executors.handler import Handler
from executors.offers import installed_handlers
from tests.fitting import Schema, branches, kinds, values_of
from ygg.cli.schema import params_of
from ygg.labels import Routes
from ygg.task import LONGEST_SECONDS

HANDLERS = installed_handlers()

WITH_SETTINGS = [one for one in HANDLERS.values() if one.settings]

every_label = pytest.mark.parametrize("label", HANDLERS)


def schema_of(label: str) -> Schema:
    return HANDLERS[label].offer.params_schema


@every_label
def test_it_says_what_it_does_and_shows_how(label: str) -> None:
    offer = HANDLERS[label].offer
    assert re.fullmatch(r"[A-Z].{8,160}\.", offer.summary), offer.summary
    assert offer.examples or offer.commands
    for command in offer.commands:
        assert f"ygg submit --label {label}" in command
    assert Routes().match(label).queue


@every_label
def test_every_param_says_what_it_is(label: str) -> None:
    silent = [param.name for param in params_of(schema_of(label)) if not param.description]
    assert not silent


@every_label
def test_every_param_is_bounded(label: str) -> None:
    whole = schema_of(label)
    assert not list(_unbounded(whole, whole, "params", 0))


def _unbounded(told: Any, whole: Schema, where: str, depth: int) -> Iterator[str]:
    if depth > 6:
        return
    for branch in branches(told, whole):
        for kind in [] if "enum" in branch or "const" in branch else kinds(branch):
            rule = {"string": "maxLength", "array": "maxItems"}.get(kind)
            if kind == "object" and "properties" not in branch:
                rule = "maxProperties"
            if rule and rule not in branch:
                yield f"{where}: {rule}"
        if "properties" in branch and branch.get("additionalProperties") is not False:
            yield f"{where}: additionalProperties"
        for name, each in branch.get("properties", {}).items():
            yield from _unbounded(each, whole, f"{where}.{name}", depth + 1)
        for each in [*values_of(branch), branch.get("items")]:
            if isinstance(each, Mapping):
                yield from _unbounded(each, whole, f"{where}[]", depth + 1)


@every_label
def test_a_pattern_says_in_words_what_it_allows(label: str) -> None:
    found = list(_patterns(schema_of(label)))
    assert not [told["pattern"] for told in found if "x-allowed" not in told]


def _patterns(told: Any) -> Iterator[Schema]:
    if isinstance(told, Mapping):
        if isinstance(told.get("pattern"), str):
            yield told
        for key, each in told.items():
            if key not in ("examples", "default", "propertyNames"):
                yield from _patterns(each)
    elif isinstance(told, list):
        for each in told:
            yield from _patterns(each)


@every_label
def test_its_limits_are_sensible(label: str) -> None:
    offer = HANDLERS[label].offer
    assert 1 <= offer.limits.soft_seconds < offer.limits.hard_seconds <= LONGEST_SECONDS
    assert offer.retry.max_attempts <= 10


@pytest.mark.parametrize("one", WITH_SETTINGS, ids=lambda one: one.label)
def test_every_setting_of_a_handler_says_what_it_is(one: Handler) -> None:
    found = [param for model in one.settings for param in params_of(model.model_json_schema())]
    assert not [param.name for param in found if not param.description]
