"""Which of some files a command changed, and how: as a unified diff that `git apply` takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from executors.safe_files import read_file
from ygg.errors import BadInput

FILE_BYTES = 2 * 1024 * 1024
TOTAL_BYTES = 128 * 1024 * 1024
COMPARED_LINES = 5000
"""Of a longer file the diff replaces all: to find the shortest would take too long."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"


class Snapshot:
    """Files as they were."""

    def __init__(self, folder: Path, files: Sequence[str], warn: Callable[[str], None]) -> None:
        self._folder = folder
        self._before: dict[str, bytes] = {}
        left = TOTAL_BYTES
        for file in files:
            try:
                content = read_file(folder / file, folder, min(FILE_BYTES, left))
            except BadInput as error:
                warn(f"not compared: {file}: {error.message}")
                continue
            left -= len(content)
            self._before[file] = content

    def changed(self) -> list[str]:
        return [file for file, before in self._before.items() if self._now(file) != before]

    def diff(self, files: Sequence[str]) -> bytes:
        parts = (_diff(file, self._before[file], self._now(file)) for file in files)
        return b"".join(parts)

    def _now(self, file: str) -> bytes:
        """What became a link, a folder or nothing has no content."""
        try:
            return read_file(self._folder / file, self._folder, 2 * FILE_BYTES)
        except BadInput:
            return b""


def _diff(file: str, before: bytes, after: bytes) -> bytes:
    old, new = _LINE.findall(before), _LINE.findall(after)
    name = file.encode(errors="surrogateescape")
    header = b"--- a/" + name + b"\n+++ b/" + name + b"\n"
    if max(len(old), len(new)) > COMPARED_LINES:
        whole = f"@@ -1,{len(old)} +1,{len(new)} @@\n".encode()
        return header + whole + b"".join(_ended(b"-", old)) + b"".join(_ended(b"+", new))
    lines = difflib.diff_bytes(difflib.unified_diff, old, new, b"a/" + name, b"b/" + name)
    return header + b"".join(_with_end(line) for line in list(lines)[2:])


def _ended(sign: bytes, lines: Sequence[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield _with_end(sign + line)


def _with_end(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + _NO_NEWLINE
