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
