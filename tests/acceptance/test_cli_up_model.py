"""`ygg up` with a language model: one more part, asked by tasks, brought back when it dies."""

import json
import os
import signal

import pytest

from tests.conftest import unavailable
from tests.embedded import EmbeddedFleet, eventually, exists
from tests.model_server import small_model
from tests.services import ServiceMissing

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    try:
        gguf = small_model()
    except ServiceMissing as error:
        unavailable(error)
    found = EmbeddedFleet(tmp_path_factory.mktemp("fleet"))
    (found.data_dir / "ygg.toml").write_text(
        f'[models]\nadapter = "embedded"\ngguf = "{gguf}"\nmodel = "tiny"\ncontext_tokens = 1024\n'
    )
    done = found.run("up", "--detach", "--no-flower")
    assert done.returncode == 0, done.stderr
    yield found
    found.run("down", "--now")


def ask(fleet):
    given = ("--param=prompt=Name three trees.", "--param=max_tokens=8")
    done = fleet.run("submit", "--label", "llm-generate", *given, "--wait")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_task_asks_the_model_of_its_machine(fleet):
    assert {"model", "executor"} <= set(fleet.state["parts"])
    found = ask(fleet)
    assert found["model"] == "tiny"
    assert found["text"]


def test_a_model_that_is_killed_comes_back_and_the_task_waits_for_it(fleet):
    before = fleet.pid("model")
    os.kill(before, signal.SIGKILL)
    assert ask(fleet)["text"]
    assert eventually(lambda: fleet.pid("model") not in (None, before))


def test_the_model_stops_with_the_fleet(fleet):
    pid = fleet.pid("model")
    assert exists(pid)
    assert fleet.run("down").returncode == 0
    assert not exists(pid)
