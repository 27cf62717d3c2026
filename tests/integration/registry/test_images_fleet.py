"""A whole fleet of images that were built here, as containerfiles/compose/fleet.yaml runs it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.built_images import build, clone_into, place_for_images, run
from tests.conftest import unavailable
from tests.model_server import small_model
from tests.services import ServiceMissing, free_port, wait_until
from ygg.client import Client
from ygg.target import Target

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FAMILIES = ("valkey", "coordinator", "flower", "executor", "code-agent", "inference")
VERSION = "0.2.0"
ROOT = Path(__file__).parents[3]


class Composed:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        model = small_model()
        told = {
            "YGG_VERSION": VERSION,
            "YGG_PORT": str(self.port),
            "YGG_FLOWER_PORT": str(free_port()),
            "YGG_MODELS": str(model.parent),
            "YGG_MODEL": model.name,
        }
        kept = {name: one for name, one in os.environ.items() if not name.startswith("YGG_")}
        self._environment = kept | told
        self._file = ROOT / "containerfiles" / "compose" / "fleet.yaml"
        self._folder = folder

    def compose(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "podman_compose", "-f", str(self._file), *words],
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def client(self) -> Client:
        token = run("podman", "exec", container("coordinator"), "cat", "/var/lib/ygg/admin.token")
        return Client(Target(f"http://127.0.0.1:{self.port}", token.strip()))


def container(service: str) -> str:
    return f"ygg-fleet_{service}_1"


def health(service: str) -> str:
    return run(
        "podman", "inspect", "--format", "{{.State.Health.Status}}", container(service)
    ).strip()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with contextlib.ExitStack() as opened:
        try:
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        folder = tmp_path_factory.mktemp("fleet")
        build(clone_into(folder / "yggdrasil"), VERSION, *FAMILIES)
        composed = Composed(folder)
        try:
            composed.compose("up", "--detach")
            yield composed
        finally:
            composed.compose("down", "--volumes")


def test_every_service_says_that_it_is_well(fleet: Composed) -> None:
    for service in FAMILIES:
        run("podman", "wait", "--condition", "running", container(service))
        wait_until(lambda one=service: _is_well(one), f"{service} to be well", 120, 1)


def _is_well(service: str) -> bool:
    """No systemd here runs the checks: we do."""
    subprocess.run(["podman", "healthcheck", "run", container(service)], capture_output=True)
    return health(service) == "healthy"


def test_the_code_agent_writes_code_and_tries_it_in_its_sandbox(fleet: Composed) -> None:
    client = fleet.client()
    wait_until(lambda: len(client.executors()) == 2, "both executors to be there", 60, 1)
    params = {
        "spec": "Return the largest number of a list, or None if it is empty.",
        "signature": "def largest(numbers: list[int]) -> int | None:",
        "tests": (ROOT / "examples" / "code" / "test_largest.py").read_text(),
    }
    task = client.submit({"label": "code-generate", "params": params})["task"]
    view = client.wait(task["id"], timeout_seconds=600)
    assert (view["state"], view["verdict"]) == ("review", "verified"), json.dumps(view)
    # The other executor is told to take what there is, and leaves this to who can do it.
    assert (view["executor"], view["attempt"]) == ("code-agent", 1)
    ran = {one["name"]: one["exit_code"] for one in view["result"]["checks"] if one["command"]}
    assert ran["tests"] == ran["tests held back"] == 0
    assert ran["an idle function fails"] == 1
