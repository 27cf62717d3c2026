"""`ygg show`, as a coordinator's answer reads on a screen."""

import json
import os
import subprocess
import sys

import pytest

from coordinator.api.examples import DETAIL
from tests.canned_server import canned

[ONE] = DETAIL["attempts"]
RETURNED = ONE | {"state": "returned", "charged": False}
RUNNING = ONE | {"attempt": 2, "state": "running", "charged": False, "ended_at": None}


def show(task, *arguments):
    command = (sys.executable, "-P", "-m", "ygg.cli", "show", *arguments)
    with canned("200 OK", json.dumps(task).encode()) as server:
        environment = {**os.environ, "YGG_URL": server.url, "YGG_TOKEN": "t"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("attempts", "told"),
    [
        ([], "0 of 3"),
        ([ONE], "1 of 3"),
        ([RETURNED], "1 (0 of 3 counted)"),
        ([RETURNED, RUNNING], "2 (1 of 3 counted)"),
        ([ONE | {"state": "error"}, RUNNING], "2 of 3"),
    ],
)
def test_it_says_how_many_attempts_were_counted(attempts, told):
    shown = show(DETAIL | {"attempt": len(attempts), "attempts": attempts}, DETAIL["id"])
    assert ["attempt", *told.split()] in [line.split() for line in shown.splitlines()]


def test_it_says_how_much_review_the_result_needs():
    shown = show(DETAIL | {"tier": 3}, DETAIL["id"])
    assert f"{'tier':11}3: what it proposes gets a full review" in shown
    older = {name: value for name, value in DETAIL.items() if name != "tier"}
    assert show(older, DETAIL["id"]) == show(DETAIL, DETAIL["id"])


def test_several_tasks_are_shown_one_after_the_other():
    one = show(DETAIL, DETAIL["id"])
    both = show(DETAIL, DETAIL["id"], DETAIL["id"])
    assert both.count(one) == 2
    assert json.loads(show(DETAIL, DETAIL["id"], "--json")) == DETAIL
    assert json.loads(show(DETAIL, DETAIL["id"], DETAIL["id"], "--json")) == [DETAIL, DETAIL]


CODE = {
    "verdict": "verified",
    "reason": "1 checks passed",
    "checks": [],
    "changes": [{"path": "a"}],
}


@pytest.mark.parametrize(
    ("state", "following"),
    [("succeeded", "ygg apply {}"), ("review", "ygg approve {0}, or ygg reject {0}")],
)
def test_a_code_result_is_told_in_words_with_what_to_type_next(state, following):
    shown = show(DETAIL | {"result": CODE, "state": state}, DETAIL["id"])
    assert "\nRESULT\nverified: 1 checks passed\n" in shown
    assert '"verdict"' not in shown
    assert shown.endswith(f"\nnext: {following.format(DETAIL['id'])}\n")
    assert json.loads(show(DETAIL | {"result": CODE}, DETAIL["id"], "--json"))["result"] == CODE


def test_a_code_result_without_a_change_has_nothing_to_apply():
    assert "apply" not in show(DETAIL | {"result": CODE | {"changes": []}}, DETAIL["id"])
