"""The executor's image, built for real: what is in it, and that it is the same each time."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.built_images import CONFINING, build, clone_into, place_for_images, run
from tests.conftest import unavailable
from tests.fleet import SHORT_TIMES, Fleet, running
from tests.services import BrokerServer, ServiceMissing
from ygg.adapters import podman, podman_run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MOST_BYTES = 360_000_000
MOST_UPDATE_BYTES = 1_000_000
EXECUTOR = "localhost/ygg-executor:0.2.0"
GIT = ("git", "-c", "user.name=ygg", "-c", "user.email=ygg@example.test")
FIND_SANDBOX = """
from pathlib import Path
from executors.sandboxes.trial import find_sandbox
from ygg.machine_settings import SandboxSettings
hidden, own = Path("/var/lib/ygg/work"), Path("/var/lib/ygg/own")
hidden.mkdir()
own.mkdir()
print(type(find_sandbox(SandboxSettings(), hidden, own)).__name__)
"""


@pytest.fixture(scope="module", autouse=True)
def _place() -> Iterator[None]:
    with contextlib.ExitStack() as opened:
        try:
            opened.enter_context(place_for_images())
        except ServiceMissing as error:
            unavailable(error)
        yield


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone_into(tmp_path_factory.mktemp("clone") / "yggdrasil")


@pytest.fixture(scope="module")
def built(clone: Path) -> dict[str, object]:
    return build(clone, "0.2.0", "executor")[0]


def _inside(*command: str, options: tuple[str, ...] = ()) -> str:
    program, *words = command
    argv = ("podman", "run", "--rm", "--read-only", "--network=none", *options)
    return run(*argv, "--entrypoint", program, EXECUTOR, *words)


def test_it_runs_as_nobody_special_and_writes_nowhere_else(built: dict[str, object]) -> None:
    assert _inside("ygg", "version").startswith("ygg ")
    assert _inside("id", "-u").strip() == "7420"
    script = "touch /var/lib/ygg/a /tmp/a && ! touch /opt/ygg/a 2>/dev/null && echo so"
    assert _inside("sh", "-c", script).strip() == "so"


def test_it_is_labelled_and_says_how_it_is(built: dict[str, object], clone: Path) -> None:
    commit = run("git", "-C", str(clone), "rev-parse", "HEAD").strip()
    found = podman_run.local_image(EXECUTOR)
    labels = {key.rpartition(".")[2]: value for key, value in found.labels.items()}
    assert labels["title"] == "Yggdrasil executor"
    assert (labels["version"], labels["revision"]) == ("0.2.0", commit)
    assert labels["created"].startswith(found.created.removesuffix("Z"))
    health = run("podman", "image", "inspect", "--format", "{{.HealthCheck.Test}}", EXECUTOR)
    assert health.strip() == "[CMD ygg executor health]"


def test_nothing_is_in_it_that_only_building_needs(built: dict[str, object]) -> None:
    for tool in ("gcc", "cc", "make", "pip", "uv"):
        assert _inside("sh", "-c", f"command -v {tool} || echo none").strip() == "none"
    names = ("*.whl", "*.deb", "pip-*", ".cache", "uv_cache.json", "conftest.py", "coordinator")
    either = [word for name in names for word in ("-o", "-name", name)][1:]
    places = ("/opt", "/root", "/home", "/tmp", "/build", "/usr/local", "/var/cache")  # noqa: S108
    script = 'find "$@" 2>/dev/null || true'
    found = _inside("sh", "-c", script, "sh", *places, "(", *either, ")", options=("--user=0",))
    assert found == ""
    assert isinstance(built["size_bytes"], int)
    assert built["size_bytes"] < MOST_BYTES


def test_its_sandbox_works_without_any_privilege(built: dict[str, object]) -> None:
    assert _inside("python", "-c", FIND_SANDBOX, options=CONFINING).strip() == "Bubblewrap"


def test_it_joins_the_broker_and_runs_a_confined_task(
    built: dict[str, object], broker: BrokerServer, tmp_path: Path
) -> None:
    told = {"YGG_REDIS_URL": broker.url, "YGG_EXECUTOR__NAME": "boxed", **SHORT_TIMES}
    told["YGG_EXECUTOR__QUEUES"] = '["*"]'
    variables = [f"--env={name}={value}" for name, value in told.items()]
    argv = ("podman", "run", "--detach", "--rm", "--read-only", "--network=host", *CONFINING)
    with running(Fleet(tmp_path, broker, executors=())) as fleet:
        container = run(*argv, *variables, EXECUTOR).strip()
        try:
            fleet.wait(lambda: bool(fleet.client.executors()), "the executor to be there", 60)
            script = "id -u; touch /opt/a 2>/dev/null || echo closed; ls -A /var/lib/ygg"
            task = {"label": "dev-run", "params": {"command": ["sh", "-c", script]}}
            view = fleet.client.submit(task, wait_seconds=60)["task"]
            log = "".join(line["text"] for line in fleet.client.logs(view["id"]))
            assert (view["state"], log) == ("succeeded", "7420\nclosed\nwork\n")
            health = run("podman", "exec", container, "ygg", "executor", "health")
            assert "it answers" in health
        finally:
            run("podman", "rm", "--force", "--time", "0", container)


def test_the_same_again_is_the_same(built: dict[str, object], clone: Path) -> None:
    (again,) = build(clone, "0.2.0", "executor", no_cache=True)
    assert (again["id"], again["digest"]) == (built["id"], built["digest"])


def test_a_change_of_one_line_moves_little(
    built: dict[str, object], clone: Path, tmp_path: Path
) -> None:
    before = podman_run.local_image(EXECUTOR)
    changed = clone / "executors" / "clock.py"
    changed.write_text(changed.read_text() + "\n# One line more.\n")
    run(*GIT, "-C", str(clone), "commit", "--quiet", "--all", "--message", "Change a line")
    (after,) = build(clone, "0.2.1", "executor")
    layers = podman_run.local_image(str(after["image"])).layers
    moved = [layer for layer in layers if layer not in before.layers]
    assert len(moved) == 2  # the package, and the list of what is in it
    run(*podman.save_folder(str(after["image"]), tmp_path / "image"))
    files = [tmp_path / "image" / layer.removeprefix("sha256:") for layer in moved]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < MOST_UPDATE_BYTES
