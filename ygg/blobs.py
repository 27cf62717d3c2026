"""Inputs and artifacts too large to travel inline: content-addressed chunks in Redis.

Redis is only the road. The coordinator keeps inputs on its own disk and puts them here again at
every dispatch; an executor keeps artifacts on its own disk until the ledger has applied the
outcome that names them. Each blob is capped, and so is the sum of all of them.

Each attempt that needs a blob is written down beside it, as its taker (an input) or as its maker
(an artifact). A blob goes when the last of them has dropped it; what was forgotten, expires. All
times are the server's: a machine's own clock may be wrong.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ygg import keys
from ygg.errors import BadInput, NotFound, YggError
from ygg.task import BlobRef

if TYPE_CHECKING:
    from redis import Redis

    from ygg.settings import DeliverySettings

CHUNK_BYTES = 512 * 1024

# KEYS blob, its attempts, total; ARGV keep_ms, size, sha256, cap, attempt
# -> 'have', 'full' or 'room'
_RESERVE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local member = ARGV[3] .. ' ' .. ARGV[2]
local answer = 'have'
if redis.call('HGET', KEYS[1], 'size') ~= ARGV[2] then
  local total = tonumber(ARGV[2])
  for _, other in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
    if other ~= member then total = total + tonumber(string.match(other, ' (%d+)$')) end
  end
  if total > tonumber(ARGV[4]) then return 'full' end
  answer = 'room'
end
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[1]), member)
redis.call('SADD', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return answer
"""

# KEYS blob, its attempts, total; ARGV sha256, attempt
_DROP = """
redis.call('SREM', KEYS[2], ARGV[2])
if redis.call('SCARD', KEYS[2]) > 0 then return end
local size = redis.call('HGET', KEYS[1], 'size')
if size then redis.call('ZREM', KEYS[3], ARGV[1] .. ' ' .. size) end
redis.call('UNLINK', KEYS[1])
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


def attempt_name(task_id: str, attempt: int) -> str:
    """Who needs a blob."""
    return f"{task_id}.{attempt}"


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
    """Blobs in Redis, kept for `blob_seconds` unless for less."""

    def __init__(
        self, redis: Redis, delivery: DeliverySettings, *, at_most_seconds: float = math.inf
    ) -> None:
        self._redis = redis
        self._total_bytes = delivery.blobs_total_bytes
        self._keep_ms = int(min(delivery.blob_seconds, at_most_seconds) * 1000)
        self._reserve = redis.register_script(_RESERVE)
        self._drop = redis.register_script(_DROP)

    def put(self, sha256: str, file: Path, attempt: str = "") -> None:
        """Make the file's content readable by others, until `attempt` drops it.

        Cheap when it is there already. Without an attempt it stays until it expires.
        """
        size = file.stat().st_size
        name = keys.blob(sha256)
        answer = self._reserve(
            keys=_keys(sha256), args=[self._keep_ms, size, sha256, self._total_bytes, attempt]
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
                self._redis.pexpire(name, self._keep_ms)
                number += 1
        self._redis.hset(name, "size", str(size))  # last: only now is it whole
        self._redis.pexpire(name, self._keep_ms)

    def drop(self, sha256: str, attempt: str) -> None:
        """The attempt does not need it any more. It goes when nobody does."""
        self._drop(keys=_keys(sha256), args=[sha256, attempt])

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
        """Return when a power cut could not take it any more."""
        sha256 = hashlib.sha256(content).hexdigest()
        final = self.path(sha256)
        if not final.is_file():
            final.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=final.parent)
            with os.fdopen(handle, "wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            Path(name).replace(final)
        # Also what was there: who wrote it may not have come so far. The folders may be new, too.
        for folder in (final.parent, self._folder, self._folder.parent):
            _sync(folder)
        return sha256

    def read(self, sha256: str) -> bytes:
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"blob {sha256[:12]} is not stored here") from None

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


def _keys(sha256: str) -> list[str]:
    return [keys.blob(sha256), keys.blob_attempts(sha256), keys.BLOB_BYTES]


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _check(sha256: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadInput(f"content does not have the digest {sha256[:12]}…", field="sha256")
