"""What one attempt writes, on its way to the stream: bounded in all, limited in rate, counted.

Bytes over the attempt's limit, or faster than the child's allowance, are dropped and counted;
nothing here grows with what a task writes. Progress is told the more rarely, the longer a task
has run: a newer one takes the place of one that waits.
"""

from __future__ import annotations

import codecs
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

from executors.redact import RedactedStream, Redactor
from ygg.task import LogChunk, LogSummary

NO_SECRETS = Redactor(())

Stream = Literal["stdout", "stderr", "ygg", "progress"]

CHUNK_BYTES = 8 * 1024
"""Six times as much, when every character is escaped, fits into an entry of the stream."""
BURST_SECONDS = 4
PROGRESS_LENGTH = 500
PROGRESS_SECONDS = 0.25
PROGRESS_PART = 0.01
"""Of the time that a task has run: so long it says nothing new about its progress. What it may
say grows with the logarithm of its time: 100 in 25 seconds, 600 in an hour, 1300 in a month."""


class Allowance:
    """How many log bytes a pool child may send: some at once, and so many a second after that.

    It outlives the attempt, so that many short noisy tasks are held to the rate of one long one.
    """

    def __init__(self, bytes_per_second: float) -> None:
        self._rate = bytes_per_second
        self.most = int(bytes_per_second * BURST_SECONDS)
        self._left = float(self.most)
        self._at = time.monotonic()

    def take(self, wanted: int) -> bool:
        now = time.monotonic()
        self._left = min(self.most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < wanted:
            return False
        self._left -= wanted
        return True


@dataclass
class _Piece:
    stream: Stream
    at: float
    text: str
    size: int


class LogCollector:
    def __init__(
        self,
        task_id: str,
        attempt: int,
        *,
        limit_bytes: int,
        allowance: Allowance,
        redactor: Redactor = NO_SECRETS,
    ) -> None:
        self._task_id = task_id
        self._attempt = attempt
        self._limit = limit_bytes
        self._allowance = allowance
        make = codecs.getincrementaldecoder("utf-8")
        self._decoders = {name: make(errors="replace") for name in ("stdout", "stderr")}
        self._redactor = redactor
        self._redacted = {name: RedactedStream(redactor) for name in ("stdout", "stderr")}
        self._waiting: deque[_Piece] = deque()
        self._waiting_bytes = 0
        self._progress: str | None = None
        self._began = time.monotonic()
        self._next_progress = self._began
        self._sequence = 0
        self._written = 0
        self._kept = 0
        self._dropped = 0
        self._reported = 0

    def write(self, stream: Literal["stdout", "stderr"], data: bytes) -> None:
        room = min(self._limit - self._kept, self._allowance.most - self._waiting_bytes)
        kept = data[: max(0, room)]
        self._count(len(data), len(kept))
        redacted = self._redacted[stream]
        for start in range(0, len(kept), CHUNK_BYTES):
            part = kept[start : start + CHUNK_BYTES]
            text = redacted.write(self._decoders[stream].decode(part))
            self._append(stream, text, len(part))
        if len(kept) < len(data):
            self._append(stream, redacted.tear(), 0)

    def note(self, text: str) -> None:
        """A line of our own, or of the handler's, among what the task wrote."""
        text, size = _readable(self._redactor.text(text))
        room = min(self._limit - self._kept, self._allowance.most - self._waiting_bytes)
        self._count(size, size if size <= room else 0)
        if size <= room:
            for start in range(0, len(text), CHUNK_BYTES):
                part, size = _readable(text[start : start + CHUNK_BYTES])
                self._append("ygg", part, size)

    def progress(self, fraction: float, message: str) -> None:
        """Only the latest is sent."""
        percent = f"{min(1.0, max(0.0, fraction)):.0%}"
        text = self._redactor.text(f"{percent} {message}".strip())
        self._progress, _ = _readable(text[:PROGRESS_LENGTH])

    @property
    def waiting(self) -> bool:
        return bool(self._waiting) or self._progress is not None

    def take(self) -> list[LogChunk]:
        """What may be sent now. What does not get through must be told to `lost`."""
        found = []
        # First: a task that floods its log must not hide how far it is.
        progress = self._due_progress()
        while self._waiting and self._allowance.take(self._waiting[0].size):
            piece = self._waiting.popleft()
            self._waiting_bytes -= piece.size
            found.append(self._chunk(piece.stream, piece.at, piece.text))
        if progress:
            found.append(self._chunk("progress", time.time(), progress))
        return found

    def lost(self, chunks: list[LogChunk]) -> None:
        for chunk in chunks:
            self._dropped += len(chunk.text.encode())
            self._reported -= chunk.dropped_bytes

    def close(self) -> list[LogChunk]:
        """The last chunks: what is left and allowed, and how much was dropped in all."""
        for stream in ("stdout", "stderr"):
            text = self._decoders[stream].decode(b"", final=True)
            redacted = self._redacted[stream]
            self._append(stream, redacted.write(text) + redacted.tear(), 0)
        self._next_progress = 0.0
        found = self.take()
        self._dropped += self._waiting_bytes + len((self._progress or "").encode())
        self._progress = None
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._dropped:
            text = f"{self._dropped} bytes of log were dropped\n"
            found.append(self._chunk("ygg", time.time(), text))
        return found

    def summary(self) -> LogSummary:
        return LogSummary(bytes=self._written, dropped_bytes=self._dropped)

    def _due_progress(self) -> str | None:
        progress, now = self._progress, time.monotonic()
        if progress is None or now < self._next_progress:
            return None
        if not self._allowance.take(len(progress.encode())):
            return None
        self._progress = None
        self._next_progress = now + progress_pause(now - self._began)
        return progress

    def _count(self, written: int, kept: int) -> None:
        self._written += written
        self._kept += kept
        self._dropped += written - kept

    def _append(self, stream: Stream, text: str, size: int) -> None:
        if not text:
            return
        text = text.replace("\x00", "\ufffd")
        last = self._waiting[-1] if self._waiting else None
        self._waiting_bytes += size
        if last and last.stream == stream and last.size + size <= CHUNK_BYTES:
            last.text += text
            last.size += size
            return
        self._waiting.append(_Piece(stream, time.time(), text, size))

    def _chunk(self, stream: Stream, at: float, text: str) -> LogChunk:
        self._sequence += 1
        dropped = self._dropped - self._reported
        self._reported = self._dropped
        return LogChunk(
            task_id=self._task_id,
            attempt=self._attempt,
            sequence=self._sequence,
            at=at,
            stream=stream,
            text=text,
            dropped_bytes=max(0, dropped),
        )


def progress_pause(seconds: float) -> float:
    """How long a task that has run for so many seconds says nothing more about its progress."""
    return max(PROGRESS_SECONDS, seconds * PROGRESS_PART)


def _readable(text: str) -> tuple[str, int]:
    """The text without what UTF-8 cannot say, like odd file names, and its bytes."""
    found = text.encode(errors="replace")
    return found.decode(), len(found)
