"""What a spool file holds: one flush of outcomes, and a first line that proves it whole."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

_MARK_BYTES = 25
"""The first line: `ygg1`, how many bytes follow, and their checksum. A file may be longer."""
NOTHING = bytes(_MARK_BYTES)
"""Written over the first line of a file whose record is no longer needed."""


@dataclass(frozen=True)
class Record:
    """What emitting a group of outcomes needs, again and again."""

    ended: list[tuple[str, int, str]]
    """Task, attempt and holder of each."""
    events: bytes
    blobs: list[tuple[str, str]]
    """Digest of each artifact too large for the event, and the folder it is kept in."""


def pack(name: str, record: Record) -> bytes:
    head = json.dumps({"name": name, "ended": record.ended, "blobs": record.blobs}).encode()
    content = head + b"\n" + record.events
    return b"ygg1 %010d %08x\n" % (len(content), zlib.crc32(content)) + content


def unpack(found: bytes) -> tuple[str, Record]:
    """The record and its name. ValueError when it cannot be understood."""
    content = _whole(found)
    head, _, events = content.partition(b"\n")
    try:
        said = json.loads(head)
        ended = [(str(task), int(attempt), str(who)) for task, attempt, who in said["ended"]]
        blobs = [(str(sha256), str(folder)) for sha256, folder in said["blobs"]]
        return str(said["name"]), Record(ended, events, blobs)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not a spool file: {error!r}") from error


def _whole(found: bytes) -> bytes:
    words = found[:_MARK_BYTES].split()
    try:
        kind, size, checksum = words
        content = found[_MARK_BYTES : _MARK_BYTES + int(size)]
        if kind == b"ygg1" and zlib.crc32(content) == int(checksum, 16):
            return content
    except ValueError:
        pass
    raise ValueError("not a spool file: its first line does not fit the rest")
