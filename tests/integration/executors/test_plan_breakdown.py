"""`plan-breakdown` with a real, small model: what is documented works, and each try is another."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from pydantic import JsonValue

from executors.handlers.plan_breakdown import Breakdown, breakdown, options_of
from executors.models.asking import Models
from tests.attempts import Runner
from tests.model_server import ModelServer


@pytest.fixture
def models(model_server: ModelServer) -> Models:
    return Models(adapter="openai", url=model_server.url, api_key_file=model_server.key_file)


def test_the_example_makes_a_plan(models: Models, tmp_path: Path) -> None:
    [example] = breakdown.offer.examples
    found = Runner(tmp_path).run(breakdown, example, models)
    lines = [json.loads(line) for line in found.artifact("tasks.jsonl").splitlines()]
    assert lines == found.result["tasks"]
    assert {line["label"] for line in lines} <= {"ollama-list", "ollama-ps"}


def test_labels_need_no_summary(models: Models, tmp_path: Path) -> None:
    files = {"labels.json": '[{"label": "sea-sail", "params_schema": {"type": "object"}}]'}
    params: dict[str, JsonValue] = {"goal": "Sail away.", "most": 1, "max_tokens": 128, "seed": 1}
    found = Runner(tmp_path).run(breakdown, params, models, files)
    [line] = json.loads(b"[" + b",".join(found.artifact("tasks.jsonl").splitlines()) + b"]")
    assert line["label"] == "sea-sail"


def test_a_prompt_that_is_too_long_names_the_setting(models: Models, tmp_path: Path) -> None:
    params: dict[str, JsonValue] = {
        "goal": "go on " * 1300,
        "labels": ["ollama-ps"],
        "max_tokens": 64,
    }
    outcome = Runner(tmp_path).run(breakdown, params, models).outcome
    assert "more than the 1024 that the model sees" in outcome.reason
    assert "raise models.context_tokens" in outcome.hint


@pytest.mark.parametrize("goal", ["", " ", "\n\t "])
def test_a_goal_of_blanks_is_refused_at_submit(goal: str) -> None:
    schema = jsonschema_rs.validator_for(breakdown.offer.params_schema)
    assert not schema.is_valid({"goal": goal})
    assert schema.is_valid({"goal": f"{goal}Go."})


@pytest.mark.parametrize("seed", [None, 0, 2**31 - 1])
def test_no_try_is_like_the_one_before(seed: int | None) -> None:
    params = Breakdown(goal="Go.", seed=seed)
    tries = [options_of(params, {}, again) for again in range(4)]
    assert len({one.temperature for one in tries}) == len(tries)
    assert (len({one.seed for one in tries}) == len(tries)) == (seed is not None)
    assert all(one.seed is None or 0 <= one.seed < 2**31 for one in tries)
