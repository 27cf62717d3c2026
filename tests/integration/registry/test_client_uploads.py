"""Uploads over a line that is cut: a wire between the client and a real registry drops them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from registry.client.registry import Registry
from registry.manifests import digest_of
from tests.integration.registry.conftest import KNOWN, QUICK
from tests.registry_server import RegistryServer
from tests.scripted_registry import Asked, Dropped, Reply, passed_on, scripted
from ygg.errors import RegistryUnreachable

SMALL = b"a small blob"
CHUNK_BYTES = 100_000


def content_of(seed: str) -> bytes:
    return random.Random(seed).randbytes(2 * CHUNK_BYTES + 5)


def dropping(
    server: RegistryServer, wanted: Callable[[Asked], bool], *, times: int, arrives: bool
) -> Callable[[Asked], Reply]:
    """So often, of the questions that are wanted: they arrive, and their answers are lost, or
    they do not."""
    left = [times]

    def answer(asked: Asked) -> Reply:
        drops = left[0] > 0 and wanted(asked)
        if drops:
            left[0] -= 1
            if not arrives:
                raise Dropped
        reply = passed_on(asked, server.address)
        if drops:
            raise Dropped
        return reply

    return answer


@pytest.mark.parametrize(
    ("method", "arrives", "chunks", "begun"),
    [
        # What came before it is not sent twice.
        ("PATCH", False, 4, 1),
        # The registry has what it did not answer to, and gives such an upload up.
        ("PATCH", True, 5, 2),
        ("POST", False, 3, 2),
        ("PUT", False, 3, 1),
        # All is there, but for the answer.
        ("PUT", True, 3, 1),
    ],
)
def test_an_upload_goes_on(
    server: RegistryServer, method: str, arrives: bool, chunks: int, begun: int
) -> None:
    content = content_of(f"{method} {arrives}")

    def is_wanted(asked: Asked) -> bool:
        return asked.method == method and not asked.headers.get("content-range", "").startswith("0")

    with (
        scripted(dropping(server, is_wanted, times=1, arrives=arrives)) as wire,
        Registry(wire.address, KNOWN, plain_http=True, patience=QUICK) as registry,
    ):
        found = registry.upload_blob("uploads", content, CHUNK_BYTES)
        assert found.digest == digest_of(content)
        methods = [one.method for one in wire.asked]
    assert methods.count("PATCH") == chunks
    assert methods.count("POST") == begun
    with Registry(server.address, KNOWN, plain_http=True) as registry:
        assert registry.blob_size("uploads", digest_of(content)) == len(content)


@pytest.mark.parametrize("arrives", [False, True])
def test_a_small_upload_goes_on(server: RegistryServer, arrives: bool) -> None:
    content = SMALL + bytes([arrives])
    script = dropping(server, lambda asked: asked.method == "PUT", times=1, arrives=arrives)
    with (
        scripted(script) as wire,
        Registry(wire.address, KNOWN, plain_http=True, patience=QUICK) as registry,
    ):
        assert registry.upload_blob("uploads", content).size_bytes == len(content)
        assert registry.has_blob("uploads", digest_of(content))


def test_a_line_that_is_always_cut_is_given_up(server: RegistryServer) -> None:
    def is_chunk(asked: Asked) -> bool:
        return asked.method == "PATCH"

    with (
        scripted(dropping(server, is_chunk, times=1000, arrives=False)) as wire,
        Registry(wire.address, KNOWN, plain_http=True, patience=QUICK) as registry,
    ):
        with pytest.raises(RegistryUnreachable, match="cannot be reached"):
            registry.upload_blob("uploads", content_of("always cut"), CHUNK_BYTES)
        assert [one.method for one in wire.asked].count("PATCH") == QUICK.attempts
