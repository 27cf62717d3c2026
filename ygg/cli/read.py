"""Files and standard input, read once and named when they cannot be."""

from __future__ import annotations

import sys
from pathlib import Path

from ygg.errors import BadInput

STDIN = "-"


class Reader:
    """Reads what options name. Standard input can be taken by one of them only."""

    def __init__(self) -> None:
        self._stdin_taken_by: str | None = None

    def read(self, path: str, field: str) -> bytes:
        if path == STDIN:
            return self._read_stdin(field)
        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BadInput(f"cannot read {path!r}: {reason}", field=field) from None

    def read_text(self, path: str, field: str) -> str:
        content = self.read(path, field)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{path!r} is not valid UTF-8 at byte {error.start}",
                field=field,
                hint="send it as an input file: --file PATH",
            ) from None
        if "\0" in text:
            raise BadInput(
                f"{path!r} contains a NUL byte",
                field=field,
                hint="send it as an input file: --file PATH",
            )
        return text

    def _read_stdin(self, field: str) -> bytes:
        if self._stdin_taken_by:
            raise BadInput(f"standard input is already read by {self._stdin_taken_by}", field=field)
        if sys.stdin is None:
            raise BadInput("there is no standard input", field=field)
        self._stdin_taken_by = field
        return sys.stdin.buffer.read()
