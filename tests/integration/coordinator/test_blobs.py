"""Blobs in a real server: whole or not there, capped in total."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import redis

from ygg import keys
from ygg.blobs import CHUNK_BYTES, BlobFiles, Blobs, BlobsFull
from ygg.errors import BadInput, NotFound


def put(blobs: Blobs, files: BlobFiles, content: bytes) -> str:
    sha256 = files.write(content)
    blobs.put(sha256, files.path(sha256))
    return sha256


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7])
def test_a_blob_comes_as_it_was_sent(client: redis.Redis, tmp_path: Path, size: int) -> None:
    blobs = Blobs(client, total_bytes=10 * CHUNK_BYTES, keep_seconds=60)
    content = bytes(number % 251 for number in range(size))
    sha256 = put(blobs, BlobFiles(tmp_path), content)
    assert blobs.get(sha256) == content
    assert 0 < client.ttl(keys.blob(sha256)) <= 60


def test_there_is_room_for_so_much_in_all_and_what_is_there_needs_none(
    client: redis.Redis, tmp_path: Path
) -> None:
    blobs, files = Blobs(client, total_bytes=100, keep_seconds=60), BlobFiles(tmp_path)
    first = put(blobs, files, b"a" * 60)
    with pytest.raises(BlobsFull):
        put(blobs, files, b"b" * 60)
    put(blobs, files, b"c" * 40)
    put(blobs, files, b"a" * 60)
    assert blobs.get(first) == b"a" * 60
    with pytest.raises(NotFound):
        blobs.get(hashlib.sha256(b"b" * 60).hexdigest())


def test_what_expired_makes_room(client: redis.Redis, tmp_path: Path) -> None:
    files = BlobFiles(tmp_path)
    put(Blobs(client, total_bytes=100, keep_seconds=-10), files, b"a" * 60)
    put(Blobs(client, total_bytes=100, keep_seconds=60), files, b"b" * 60)


def test_a_blob_that_is_not_whole_is_not_read(client: redis.Redis, tmp_path: Path) -> None:
    blobs = Blobs(client, total_bytes=10 * CHUNK_BYTES, keep_seconds=60)
    sha256 = put(blobs, BlobFiles(tmp_path), b"x" * (CHUNK_BYTES + 1))
    client.hset(keys.blob(sha256), "1", b"y")
    with pytest.raises(BadInput, match="digest"):
        blobs.get(sha256)
    client.hdel(keys.blob(sha256), "1")
    with pytest.raises(NotFound, match="not whole"):
        blobs.get(sha256)
