"""Inputs and artifacts too large to travel inline: content-addressed chunks in Redis.

Redis is only the road. The coordinator keeps inputs on its own disk and puts them here again at
every dispatch; an executor keeps artifacts on its own disk until the ledger has applied the
outcome that names them. Each blob is capped, and so is the sum of all of them.
"""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ygg import keys
from ygg.errors import BadInput, NotFound, YggError
from ygg.task import BlobRef

if TYPE_CHECKING:
    from redis import Redis

CHUNK_BYTES = 512 * 1024

# KEYS blob, total; ARGV now, expires, size, sha256, cap -> 'have', 'full' or 'room'
_RESERVE = """
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])) do
  redis.call('ZREM', KEYS[2], old)
end
local member = ARGV[4] .. ' ' .. ARGV[3]
if redis.call('HGET', KEYS[1], 'size') == ARGV[3] then
  redis.call('EXPIREAT', KEYS[1], ARGV[2])
  redis.call('ZADD', KEYS[2], ARGV[2], member)
  return 'have'
end
local total = tonumber(ARGV[3])
for _, other in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if other ~= member then total = total + tonumber(string.match(other, ' (%d+)$')) end
end
if total > tonumber(ARGV[5]) then return 'full' end
redis.call('ZADD', KEYS[2], ARGV[2], member)
return 'room'
"""


class BlobsFull(YggError):
    """No room for another blob in Redis now."""

    code = "blobs_full"
    http_status = 503


def ref_of(content: bytes, *, inline_bytes: int) -> BlobRef:
    """The reference to `content`, carrying it when it is small."""
    inline = base64.b64encode(content).decode() if len(content) <= inline_bytes else None
    return BlobRef(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), inline_base64=inline
    )


def inline_content(ref: BlobRef) -> bytes | None:
    """The bytes a reference carries, checked against its digest."""
    if ref.inline_base64 is None:
        return None
    try:
        content = base64.b64decode(ref.inline_base64, validate=True)
    except ValueError as error:
        raise BadInput("content is not base64", field="inline_base64") from error
    _check(ref.sha256, content)
    return content


class Blobs:
    """Blobs in Redis."""

    def __init__(self, redis: Redis, *, total_bytes: int, keep_seconds: float) -> None:
        self._redis = redis
        self._total_bytes = total_bytes
        self._keep_seconds = keep_seconds
        self._reserve = redis.register_script(_RESERVE)

    def put(self, sha256: str, file: Path) -> None:
        """Make the file's content readable by others. Cheap when it is there already."""
        size = file.stat().st_size
        now = int(time.time())
        expires = now + int(self._keep_seconds)
        name = keys.blob(sha256)
        answer = self._reserve(
            keys=[name, keys.BLOB_BYTES], args=[now, expires, size, sha256, self._total_bytes]
        )
        if answer == b"have":
            return
        if answer == b"full":
            raise BlobsFull(
                f"no room in Redis for a blob of {size} bytes",
                hint="wait for tasks to finish, or raise delivery.blobs_total_bytes",
            )
        with file.open("rb") as source:
            number = 0
            while chunk := source.read(CHUNK_BYTES):
                self._redis.hset(name, str(number), chunk)
                self._redis.expireat(name, expires)
                number += 1
        self._redis.hset(name, "size", str(size))  # last: only now is it whole
        self._redis.expireat(name, expires)

    def get(self, sha256: str) -> bytes:
        name = keys.blob(sha256)
        size = self._redis.hget(name, "size")
        if size is None:
            raise NotFound(f"blob {sha256[:12]} is not in Redis")
        count = -(-int(size) // CHUNK_BYTES)
        parts = [self._redis.hget(name, str(number)) for number in range(count)]
        if any(part is None for part in parts):
            raise NotFound(f"blob {sha256[:12]} is not whole in Redis")
        content = b"".join(parts)  # type: ignore[arg-type]
        _check(sha256, content)
        return content


class BlobFiles:
    """Blobs on disk, each under its digest. A file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def write(self, content: bytes) -> str:
        import os
        import tempfile

        sha256 = hashlib.sha256(content).hexdigest()
        final = self.path(sha256)
        if final.is_file():
            return sha256
        final.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=final.parent)
        with os.fdopen(handle, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        Path(name).replace(final)
        return sha256

    def read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"blob {sha256[:12]} is not stored here") from None

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


def _check(sha256: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadInput(f"content does not have the digest {sha256[:12]}…", field="sha256")
