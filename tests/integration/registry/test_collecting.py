"""Garbage is collected while nothing is taken in, and never while something might be."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from registry.client.registry import Registry
from registry.home import Home
from registry.hosting.collecting import collect, last, takes_in
from registry.hosting.keeper import keeper
from registry.hosting.serve import program
from registry.hosting.status import status
from registry.names import ImageName
from registry.reach import reach
from tests.integration.registry.conftest import KNOWN, push
from tests.registry_server import RegistryServer
from tests.served_registry import Served, child_of
from tests.services import wait_until
from ygg import lock
from ygg.errors import Conflict, Unreachable, YggError


def reached(served: Served) -> Registry:
    return reach(served.settings)


def test_what_no_image_names_any_more_goes(served: Served) -> None:
    with reached(served) as registry:
        kept = push(registry, "ygg-executor", "0.2.0", b"kept" * 100_000)
        gone = push(registry, "ygg-executor", "0.1.0", b"gone" * 100_000)
        registry.delete_manifest(_named(registry, "0.1.0"))
    found = collect(served.settings, program(), lambda: reached(served))
    assert found.blobs == 2  # a layer and the manifest; both images have one configuration
    assert found.freed_bytes >= 400_000
    assert last(served.home) == found
    with reached(served) as registry:
        assert takes_in(registry)
        registry.manifest(_named(registry, "0.2.0"))
        assert registry.has_blob("ygg-executor", kept.manifest.layers[0].digest)
        assert not registry.has_blob("ygg-executor", gone.manifest.layers[0].digest)
        # The same image again: nothing remembers blobs that are gone.
        push(registry, "ygg-executor", "0.1.0", b"gone" * 100_000)
        assert registry.has_blob("ygg-executor", gone.manifest.layers[0].digest)


def test_one_at_a_time(served: Served) -> None:
    held = lock.take(served.home.readonly, "another")
    assert held is not None
    with pytest.raises(Conflict, match="being collected already"):
        collect(served.settings, program(), lambda: reached(served))
    held.release()


def test_nothing_is_collected_where_pushes_are_taken(
    server: RegistryServer, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry that heeds no lock: somebody runs it by themselves."""
    monkeypatch.setattr("registry.hosting.collecting.READONLY_SECONDS", 0.5)
    before = last(served.home)

    def other() -> Registry:
        return Registry(server.address, KNOWN, plain_http=True)

    with pytest.raises(YggError, match="still takes in what is pushed"):
        collect(served.settings, "/bin/false", other)
    assert last(served.home) == before


UPLOADS = "/v2/ygg-probe/blobs/uploads/"
WAITS = """#!/bin/sh
touch "$0.begun"
while ! [ -e "$0.go" ]; do sleep 0.05; done
exec docker-registry "$@"
"""


def test_a_registry_that_is_killed_meanwhile_comes_back_read_only(
    served: Served, tmp_path: Path
) -> None:
    """Although its configuration was written anew in between."""
    slow = _program(tmp_path, WAITS)
    wait_until(lambda: _is_open(served), "it to take in")
    with reached(served) as registry, ThreadPoolExecutor() as pool:
        push(registry, "ygg-executor", "0.3.0", b"three" * 1000)
        done = pool.submit(collect, served.settings, str(slow), lambda: reached(served))
        wait_until(tmp_path.joinpath("slow.begun").exists, "garbage to be collected")
        served.begin()
        keeping = keeper(served.home)
        assert keeping
        assert keeping.process
        os.kill(child_of(keeping.process), signal.SIGKILL)
        wait_until(lambda: served.ask("GET", "/v2/") == 0, "it to be gone")
        wait_until(lambda: served.ask("GET", "/v2/") == 200, "it to be back")
        assert served.ask("POST", UPLOADS) == 405
        tmp_path.joinpath("slow.go").touch()
        assert done.result(20).blobs == 0
    assert served.ask("POST", UPLOADS) == 202


def test_one_that_nobody_keeps_must_be_read_only_by_itself(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.begin()
    began = tmp_path / "began"
    never = _program(tmp_path, f"#!/bin/sh\n: >'{began}'\nexec sleep 60\n")
    served.home.storage.joinpath("docker/registry/v2/blobs").mkdir(parents=True)
    with _by_hand(served), pytest.raises(Conflict, match="ygg registry up does not keep"):
        collect(served.settings, str(never), lambda: reached(served))
    with _by_hand(served, REGISTRY_STORAGE_MAINTENANCE_READONLY='{"enabled":true}'):
        collect(served.settings, "true", lambda: reached(served))
    with ThreadPoolExecutor() as pool:
        done = pool.submit(collect, served.settings, str(never), lambda: reached(served))
        wait_until(began.exists, "the collection to be at work")
        with _by_hand(served), pytest.raises(YggError, match="given up"):
            done.result(20)
    assert lock.text_of_holder(served.home.readonly) is None


def test_to_try_leaves_nothing(served: Served) -> None:
    wait_until(lambda: _is_open(served), "it to take in")
    assert not list(served.home.storage.rglob("ygg-base"))


@pytest.mark.parametrize("text", ["", "[]", '{"at":"x","seconds":1,"freed_bytes":2,"blobs":3}'])
def test_what_came_of_the_last_is_not_taken_for_more_than_it_is(tmp_path: Path, text: str) -> None:
    home = Home(tmp_path, tmp_path / "storage")
    home.collected.write_text(text)
    assert last(home) is None


def test_a_full_disk_is_no_reason_not_to_collect(small_disk: Path) -> None:
    served = Served(small_disk)
    served.begin()
    with served.running(), reached(served) as registry:
        push(registry, "ygg-executor", "0.1.0", b"gone" * 100_000)
        registry.delete_manifest(_named(registry, "0.1.0"))
        _fill(small_disk / "full")
        found = status(served.settings)
        assert (found.trouble, found.level, found.is_well) == ("", "refuse", False)
        assert collect(served.settings, program(), lambda: reached(served)).blobs == 3
        push(registry, "ygg-executor", "0.1.0", b"gone" * 50_000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", tmp_path]).returncode:
        pytest.skip("mounting is not allowed here: run it as root")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def _is_open(served: Served) -> bool:
    with suppress(Unreachable), reached(served) as registry:
        return takes_in(registry)
    return False


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as output, suppress(OSError):
        while output.write(bytes(4096)):
            pass


@contextmanager
def _by_hand(served: Served, **environment: str) -> Iterator[None]:
    with subprocess.Popen(
        [program(), "serve", str(served.home.configuration)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until(lambda: served.ask("GET", "/v2/") == 200, "the registry to answer")
            yield
        finally:
            process.kill()


def _program(folder: Path, text: str) -> Path:
    found = folder / "slow"
    found.write_text(text)
    found.chmod(0o755)
    return found


def _named(registry: Registry, tag: str) -> ImageName:
    return ImageName(registry.address, "ygg-executor", tag)
