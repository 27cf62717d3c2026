"""Lays a commit of a repository out in the workspace, with the task's input files over it."""

from __future__ import annotations

from pathlib import Path

from executors.checkouts.mirror import Mirror
from executors.checkouts.overlay import clear, lay_over, step_aside
from executors.checkouts.remote import reach
from executors.checkouts.repositories import RepositorySettings
from executors.checkouts.visit import visit
from executors.checkouts.wanted import obtain
from executors.handler import Context


def lay_out(
    url: str,
    ref: str | None,
    context: Context,
    settings: RepositorySettings,
    root: Path | None = None,
) -> tuple[Path, str]:
    """The copy that it came from, and the commit. Into the workspace, or another empty folder."""
    remote = reach(url, context, settings)
    aside = step_aside(context.workspace)
    root = root or context.workspace

    def fill(mirror: Mirror) -> tuple[Path, str]:
        clear(root)  # of what an attempt with a damaged copy left
        commit = obtain(remote, mirror, ref)
        mirror.add_worktree(root, commit)
        context.log(f"{url} at {commit}")
        return mirror.folder, commit

    laid_out = visit(remote, settings, fill)
    if aside:
        lay_over(aside, root)
    return laid_out
