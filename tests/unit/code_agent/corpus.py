"""Python that people wrote, to hold rules against: this project's own."""

from __future__ import annotations

from pathlib import Path

FOLDERS = ("ygg", "coordinator", "executors", "tests")
PATHS = [
    path
    for folder in FOLDERS
    for path in sorted(Path(folder).rglob("*.py"))
    if "code_agent" not in path.parts
]


def source_of(path: Path) -> str:
    """With the ends of lines that it has."""
    return path.read_bytes().decode()
