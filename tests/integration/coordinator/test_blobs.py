"""Blobs in a real server: whole or not there, capped in total, gone when nobody needs them."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
import redis

from tests.services import wait_until
from ygg import keys
from ygg.blobs import CHUNK_BYTES, BlobFiles, Blobs, BlobsFull
from ygg.errors import BadInput, NotFound
from ygg.settings import DeliverySettings

DELIVERY = DeliverySettings(blob_seconds=60)
SMALL = DeliverySettings(blob_seconds=60, blobs_total_bytes=1024)


def put(blobs: Blobs, files: BlobFiles, content: bytes, attempt: str = "") -> str:
    sha256 = files.write(content)
    blobs.put(sha256, files.path(sha256), attempt)
    return sha256


def ours(client: redis.Redis) -> list[bytes]:
    return sorted(client.keys(keys.PREFIX + "*"))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
def test_a_blob_comes_as_it_was_sent(client: redis.Redis, tmp_path: Path, size: int) -> None:
    blobs = Blobs(client, DELIVERY)
    content = bytes(number % 251 for number in range(size))
    sha256 = put(blobs, BlobFiles(tmp_path), content)
    assert blobs.get(sha256) == content
    assert 0 < client.ttl(keys.blob(sha256)) <= 60


def test_there_is_room_for_so_much_in_all_and_what_is_there_needs_none(
    client: redis.Redis, tmp_path: Path
) -> None:
    blobs, files = Blobs(client, SMALL), BlobFiles(tmp_path)
    first = put(blobs, files, b"a" * 600)
    with pytest.raises(BlobsFull):
        put(blobs, files, b"b" * 600)
    put(blobs, files, b"c" * 424)
    put(blobs, files, b"a" * 600)
    assert blobs.get(first) == b"a" * 600
    with pytest.raises(NotFound):
        blobs.get(hashlib.sha256(b"b" * 600).hexdigest())


def test_what_expired_makes_room(client: redis.Redis, tmp_path: Path) -> None:
    files = BlobFiles(tmp_path)
    put(Blobs(client, SMALL, at_most_seconds=0.02), files, b"a" * 600)
    wait_until(lambda: not client.exists(keys.blob(hashlib.sha256(b"a" * 600).hexdigest())), "it")
    put(Blobs(client, SMALL), files, b"b" * 600)


def test_a_blob_that_is_not_whole_is_not_read(client: redis.Redis, tmp_path: Path) -> None:
    blobs = Blobs(client, DELIVERY)
    sha256 = put(blobs, BlobFiles(tmp_path), b"x" * (CHUNK_BYTES + 1))
    client.hset(keys.blob(sha256), "1", b"y")
    with pytest.raises(BadInput, match="digest"):
        blobs.get(sha256)
    client.hdel(keys.blob(sha256), "1")
    with pytest.raises(NotFound, match="not whole"):
        blobs.get(sha256)


def test_what_was_dropped_makes_room_at_once_and_leaves_nothing(
    client: redis.Redis, tmp_path: Path
) -> None:
    blobs, files = Blobs(client, SMALL), BlobFiles(tmp_path)
    for number in range(5):
        sha256 = put(blobs, files, b"%d" % number * 600, f"t{number}.1")
        blobs.drop(sha256, f"t{number}.1")
        blobs.drop(sha256, f"t{number}.1")
    assert ours(client) == []


def test_a_blob_that_two_need_goes_with_the_last_of_them(
    client: redis.Redis, tmp_path: Path
) -> None:
    blobs, files = Blobs(client, SMALL), BlobFiles(tmp_path)
    artifact = put(blobs, files, b"a" * 600, "maker.1")
    assert put(blobs, files, b"a" * 600, "taker.1") == artifact
    assert put(blobs, files, b"a" * 600, "taker.1") == artifact
    blobs.drop(artifact, "maker.1")
    blobs.drop(artifact, "stranger.1")
    assert blobs.get(artifact) == b"a" * 600
    blobs.drop(artifact, "taker.1")
    with pytest.raises(NotFound):
        blobs.get(artifact)
    assert ours(client) == []


def test_what_is_needed_by_nobody_in_particular_stays_until_it_expires(
    client: redis.Redis, tmp_path: Path
) -> None:
    blobs = Blobs(client, SMALL)
    sha256 = put(blobs, BlobFiles(tmp_path), b"a")
    blobs.drop(sha256, "t.1")
    assert blobs.get(sha256) == b"a"


@pytest.mark.parametrize("clock", [0.0, 4e9])
def test_a_machine_whose_clock_is_wrong_keeps_its_blobs_and_those_of_others(
    client: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: float
) -> None:
    blobs, files = Blobs(client, SMALL), BlobFiles(tmp_path)
    first = put(blobs, files, b"a" * 600)
    monkeypatch.setattr(time, "time", lambda: clock)
    second = put(blobs, files, b"b" * 424)
    for sha256 in (first, second):
        assert 0 < client.pttl(keys.blob(sha256)) <= 60_000
    with pytest.raises(BlobsFull):
        put(blobs, files, b"c")
