"""Server-sent events, as the bytes come: cut anywhere, in the middle of a letter too."""

from __future__ import annotations

import re

from ygg.errors import YggError

MOST_BYTES = 8 * 1024 * 1024
"""No event of an answer is so long; a server that never ends one must not fill the memory."""

_LINE_END = re.compile(rb"\r\n|\n|\r(?=.)", re.DOTALL)
"""A carriage return at the very end may be half of a line's end. Only these end a line: a model
may write letters that Python's `splitlines` would break at."""


class Events:
    """Gives back the data of each event that is complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[str]:
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        found = [event for line in lines if (event := self._take(line)) is not None]
        if len(self._rest) + sum(map(len, self._data)) > MOST_BYTES:
            raise YggError("the model's server sends an event without an end")
        return found

    def end(self) -> list[str]:
        """The last event, of a server that did not end it."""
        return [event for event in (self._take(self._rest.rstrip(b"\r")), self._take(b"")) if event]

    def _take(self, line: bytes) -> str | None:
        if line:
            name, _, value = line.partition(b":")
            if name == b"data":
                self._data.append(value.removeprefix(b" "))
            return None
        data, self._data = self._data, []
        return b"\n".join(data).decode(errors="replace") if data else None
