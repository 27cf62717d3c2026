"""Where a process runs, as far as it matters to what it may do."""

from __future__ import annotations

from pathlib import Path

CONTAINER_MARKS = (Path("/run/.containerenv"), Path("/.dockerenv"))
"""Files that podman and docker leave in what they run."""


def in_container() -> bool:
    return any(mark.exists() for mark in CONTAINER_MARKS)
