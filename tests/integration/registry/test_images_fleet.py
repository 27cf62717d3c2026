"""A whole fleet, and a registry, of images that were built here, as the compose files run them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.names import ImageName
from registry.reach import reach
from tests.built_images import build, clone_into, place_for_images, run
from tests.composed import composed, is_well
from tests.conftest import unavailable
from tests.integration.registry.conftest import push
from tests.model_server import small_model
from tests.served_registry import Served
from tests.services import ServiceMissing, free_port, wait_until
from ygg.client import Client
from ygg.target import Target

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FLEET = ("valkey", "coordinator", "flower", "executor", "code-agent", "inference")
VERSION = "0.2.0"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with contextlib.ExitStack() as opened:
        try:
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        folder = tmp_path_factory.mktemp("composed")
        build(clone_into(folder / "yggdrasil"), VERSION, "registry", *FLEET)
        yield folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    port, model = free_port(), small_model()
    told = {
        "YGG_VERSION": VERSION,
        "YGG_PORT": str(port),
        "YGG_FLOWER_PORT": str(free_port()),
        "YGG_MODELS": str(model.parent),
        "YGG_MODEL": model.name,
    }
    with composed("fleet.yaml", told, folder):
        coordinator = container("coordinator")
        wait_until(lambda: is_well(coordinator), "the coordinator to be well", 60, 1)
        token = run("podman", "exec", coordinator, "cat", "/var/lib/ygg/admin.token").strip()
        with contextlib.closing(Client(Target(f"http://127.0.0.1:{port}", token))) as found:
            yield found


def container(service: str) -> str:
    return f"ygg-fleet_{service}_1"


@pytest.mark.usefixtures("client")
def test_every_service_says_that_it_is_well() -> None:
    for service in FLEET:
        wait_until(lambda one=service: is_well(container(one)), f"{service} to be well", 120, 1)


def test_the_code_agent_writes_code_and_tries_it_in_its_sandbox(client: Client) -> None:
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


def test_a_registry_in_a_container_takes_images_and_collects_its_garbage(folder: Path) -> None:
    served = Served(folder / "data")
    served.begin()
    told = {
        "YGG_VERSION": VERSION,
        "YGG_REGISTRY_HOME": str(served.home.folder),
        "YGG_REGISTRY_ADDRESS": served.address,
    }
    with composed("registry.yaml", told, folder), reach(served.settings) as registry:
        wait_until(lambda: is_well("ygg-registry_registry_1"), "the registry to be well", 60, 1)
        kept = push(registry, "boxed/one", "1.0.0", b"what stays")
        gone = push(registry, "boxed/one", "1.0.1", b"what goes")
        registry.delete_manifest(ImageName(registry.address, "boxed/one", digest=gone.digest))
        run("podman", "exec", "ygg-registry_registry_1", "ygg", "registry", "gc")
        layer = kept.manifest.layers[0].digest
        assert b"".join(registry.read_blob("boxed/one", layer)) == b"what stays"
        lost = gone.manifest.layers[0].digest.removeprefix("sha256:")
        assert not list(served.home.storage.rglob(f"blobs/sha256/*/{lost}/data"))
        push(registry, "boxed/one", "1.0.2", b"what comes after")
    with composed("registry.yaml", told, folder), reach(served.settings) as registry:
        wait_until(lambda: served.ask("GET", "/v2/") == 200, "the registry to be back", 30, 1)
        assert registry.tags("boxed/one") == ["1.0.0", "1.0.2"]
