"""A command that takes longer than it may is killed; its task goes on."""

from __future__ import annotations

import time

import pytest
from pydantic import JsonValue

from executors.handler import Context, Handler, Params, handler
from executors.sandboxes.trial import find_sandbox
from tests.attempts import Runner
from ygg.machine_settings import SandboxSettings

SECONDS = 0.5
LONG = "trap '' TERM; sleep 300 & sleep 300; wait"


class Nothing(Params):
    pass


@handler("dev-wait")
def wait(params: Nothing, context: Context) -> JsonValue:
    began = time.monotonic()
    ran = context.run(["sh", "-c", f"echo begun; {LONG}"], seconds=SECONDS)
    after = context.run(["sh", "-c", "echo next"], seconds=60)
    return {
        "timed_out": ran.timed_out,
        "said": ran.stdout,
        "code": ran.exit_code,
        "seconds": time.monotonic() - began,
        "next": [after.stdout, after.timed_out],
    }


wait_confined = handler("dev-wait", untrusted=True)(wait.function)


@pytest.fixture
def confining(runner: Runner) -> Runner:
    runner.sandbox = find_sandbox(SandboxSettings(), runner.folder, runner.folder / "own")
    return runner


@pytest.mark.parametrize("one", [wait, wait_confined], ids=["plain", "confined"])
def test_it_is_killed_with_what_it_started(confining: Runner, one: Handler) -> None:
    found = confining.run(one, {}).result
    assert found["timed_out"] is True
    assert found["said"] == "begun\n"
    assert found["code"] == -9
    assert isinstance(found["seconds"], float)
    assert SECONDS <= found["seconds"] < 20
    assert found["next"] == ["next\n", False]
