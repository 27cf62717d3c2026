"""From a goal to tasks that run, with a real, small model; and what happens when it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.embedded import EmbeddedFleet
from tests.model_server import ModelServer

pytestmark = pytest.mark.timeout(400)

GREET = """
from typing import Literal
from pydantic import Field
from executors.handler import Context, Params, handler

class Greet(Params):
    word: Literal["hello", "goodbye"]
    "What is said."
    loud: bool = False
    "Whether it is shouted."

@handler("dev-greet", bundle=True)
def greet(params: Greet, context: Context) -> str:
    '''Say a word.'''
    return params.word
"""
GOAL = "Say hello, and then goodbye."


@pytest.fixture(scope="module")
def planner(
    model_server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedFleet]:
    """A fleet with a model, and a label whose params even that one gets right."""
    folder = tmp_path_factory.mktemp("planner")
    site = folder / "site"
    (site / "ygg_greet-1.dist-info").mkdir(parents=True)
    (site / "ygg_greet.py").write_text(GREET)
    info = site / "ygg_greet-1.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: ygg-greet\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[ygg.handlers]\ngreet = ygg_greet\nsail = ygg_sail_that_nobody_wrote\n"
    )
    fleet = EmbeddedFleet(folder)
    fleet.environment |= {
        "PYTHONPATH": str(site),
        "YGG_MODELS__ADAPTER": "openai",
        "YGG_MODELS__URL": model_server.url,
        "YGG_MODELS__API_KEY_FILE": str(model_server.key_file),
    }
    done = fleet.run("up", "--detach", "--no-flower")
    assert done.returncode == 0, done.stderr
    yield fleet
    fleet.run("down", "--now")


def test_a_plan_can_be_submitted_as_it_is(planner: EmbeddedFleet) -> None:
    task = planner.submit("plan-breakdown", goal=GOAL, labels=["dev-greet"], most=3, seed=1)
    assert planner.run("wait", task).returncode == 0, planner.run("show", task).stdout
    result = planner.json("show", task)["result"]
    # Said when the executor started, and no matter of this task.
    assert "Not offered" not in planner.run("logs", task).stdout
    lines = planner.run("artifact", task, "tasks.jsonl").stdout
    assert [json.loads(line) for line in lines.splitlines()] == result["tasks"]
    assert {line["label"] for line in result["tasks"]} == {"dev-greet"}
    done = planner.run("submit", "--from", "-", input=lines)
    assert done.returncode == 0, done.stderr
    ids = done.stdout.split()
    assert len(ids) == len(result["tasks"])
    assert planner.run("wait", *ids).returncode == 0


def test_a_model_that_cannot_says_so_and_shows_what_it_said(planner: EmbeddedFleet) -> None:
    task = planner.submit(
        "plan-breakdown", goal=GOAL, labels=["plan-next"], most=2, max_tokens=100, tries=2
    )
    assert planner.run("wait", task).returncode == 1
    shown = planner.json("show", task)
    assert "the model gave no p" in shown["reason"]
    assert "cut off at" in shown["reason"]
    assert "larger model" in shown["hint"]
    assert shown["result"]["answer"]
    assert shown["artifacts"] == []


def test_labels_that_nobody_here_knows_are_refused_unless_a_file_tells_of_them(
    planner: EmbeddedFleet,
) -> None:
    task = planner.submit("plan-breakdown", goal=GOAL, labels=["sea-sail"])
    assert planner.run("wait", task).returncode == 1
    assert planner.json("show", task)["reason"].endswith("nothing is known here of sea-sail")
    sail = {"label": "sea-sail", "summary": "Sail.", "params_schema": {"type": "object"}}
    for listed, reason in (
        ([7], "is not what `ygg labels --json` prints"),
        ([sail | {"params_schema": None}], "is not what `ygg labels --json` prints"),
        ([sail | {"params_schema": {"properties": [7]}}], "labels.json, sea-sail: the schema is"),
    ):
        (planner.data_dir / "labels.json").write_text(json.dumps(listed))
        task = planner.submit("plan-breakdown", "--file", "labels.json", goal=GOAL)
        assert planner.run("wait", task).returncode == 1
        assert reason in planner.json("show", task)["reason"]
    (planner.data_dir / "labels.json").write_text(json.dumps([sail]))
    # What is listed is all there is: no other label is even thought of.
    task = planner.submit("plan-breakdown", "--file", "labels.json", goal="Sail away.", most=1)
    assert planner.run("wait", task).returncode == 0, planner.run("show", task).stdout
    [line] = planner.json("show", task)["result"]["tasks"]
    assert line["label"] == "sea-sail"
