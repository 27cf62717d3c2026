"""`ygg list`, as a terminal shows it."""

import json
import os
import subprocess
import sys

import pytest

from coordinator.api.examples import PAGE
from tests.canned_server import canned

[TASK] = PAGE["tasks"]


def shown(columns, **changes):
    """The row of one task on a terminal so wide."""
    page = {"tasks": [TASK | changes], "next": None}
    terminal, under = os.openpty()
    with canned("200 OK", json.dumps(page).encode()) as server, os.fdopen(under, "w") as out:
        environment = {**os.environ, "YGG_URL": server.url, "YGG_TOKEN": "t", "NO_COLOR": "1"}
        environment["COLUMNS"] = str(columns)
        command = (sys.executable, "-P", "-m", "ygg.cli", "list")
        subprocess.run(command, env=environment, stdout=out, check=True)
        found = b""
        while found.count(b"\n") < 2:
            found += os.read(terminal, 4096)
    os.close(terminal)
    return found.decode().splitlines()[1]


@pytest.mark.parametrize(
    ("columns", "state", "count", "told"),
    [
        (100, "succeeded", 1, "  succeeded (1 warning)  "),
        (100, "failed", 2, "  failed (2 warnings)  "),
        (100, "succeeded", 0, "  succeeded  "),
        (100, "running", 2, "  running  "),
        (40, "succeeded", 2, "  succeeded (2!)  "),
    ],
)
def test_warnings_stand_beside_the_state(columns, state, count, told):
    row = shown(columns, state=state, warning_count=count)
    assert told in row
    assert len(row) <= columns


def test_tries_are_those_that_were_counted():
    assert "  1/3  " in shown(100, attempt=4, counted=1)
