"""What a candidate changes, as a person and a program read it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from code_agent.tree import sha256

INLINE_BYTES = 128 * 1024
"""More of one file, or of the diff, is an artifact only."""
NOTHING = "/dev/null"


@dataclass(frozen=True)
class FileChange:
    path: str
    before: str | None
    """Nothing: there was no such file."""
    after: str | None

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "path": self.path,
            "before": _digest(self.before),
            "after": _digest(self.after),
            "content": self.after if _is_short(self.after) else None,
        }

    def diff(self) -> str:
        old = NOTHING if self.before is None else f"a/{self.path}"
        new = NOTHING if self.after is None else f"b/{self.path}"
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), old, new)
        return "".join(_whole(lines))


def changes_of(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> tuple[FileChange, ...]:
    """Of the paths of `after`, those that differ."""
    return tuple(
        FileChange(path, before.get(path), text)
        for path, text in sorted(after.items())
        if before.get(path) != text
    )


def diff_of(changes: tuple[FileChange, ...]) -> str:
    return "".join(change.diff() for change in changes)


def is_inline(text: str) -> bool:
    return len(text.encode()) <= INLINE_BYTES


def _digest(text: str | None) -> str | None:
    return None if text is None else sha256(text.encode())


def _is_short(text: str | None) -> bool:
    return text is not None and is_inline(text)


def _lines(text: str | None) -> list[str]:
    """By line feeds alone: other signs that end a line for Python stand in the midst of code."""
    if not text:
        return []
    lines = text.split("\n")
    ended = [line + "\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended


def _whole(lines: Iterator[str]) -> Iterator[str]:
    """`patch` and git want to be told of a last line without an end."""
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
