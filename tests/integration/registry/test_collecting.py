"""Garbage is collected while nothing is taken in, and never while something might be."""

from __future__ import annotations

import pytest

from registry.client.registry import Registry
from registry.hosting.collecting import collect, last, takes_in
from registry.hosting.serve import program
from registry.names import ImageName
from registry.reach import reach
from tests.integration.registry.conftest import KNOWN, push
from tests.registry_server import RegistryServer
from tests.served_registry import Served
from ygg import lock
from ygg.errors import Conflict, YggError


def reached(served: Served) -> Registry:
    return reach(served.settings)


def test_what_no_image_names_any_more_goes(served: Served) -> None:
    with reached(served) as registry:
        kept = push(registry, "ygg-executor", "0.2.0", b"kept" * 100_000)
        gone = push(registry, "ygg-executor", "0.1.0", b"gone" * 100_000)
        registry.delete_manifest(_named(registry, "0.1.0"))
    found = collect(served.home, program(), lambda: reached(served))
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
        collect(served.home, program(), lambda: reached(served))
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
        collect(served.home, "/bin/false", other)
    assert last(served.home) == before


def _named(registry: Registry, tag: str) -> ImageName:
    return ImageName(registry.address, "ygg-executor", tag)
