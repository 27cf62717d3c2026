"""What results of `code-` tasks call their branches and artifacts."""

from __future__ import annotations

BUNDLE = "change.bundle"
"""The artifact with the branch, where a task works on a repository."""
PATCH = "change.patch"
"""The artifact with the diff, where it is too long to be told."""
BRANCHES = "ygg/"
"""Where results may make branches: never one that a person works on."""


def branch_name(task_id: str) -> str:
    return BRANCHES + task_id


def content_name(path: str) -> str:
    """The artifact with what a file becomes, where that is too long to be told."""
    return f"result/{path}"
