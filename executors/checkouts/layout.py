"""Lays a commit of a repository out in the workspace, with the task's input files over it."""

from __future__ import annotations

from pathlib import Path

from executors.checkouts.mirror import Mirror, open_mirror
from executors.checkouts.mirrors import tidy
from executors.checkouts.overlay import clear, lay_over, step_aside
from executors.checkouts.remote import Remote, reach
from executors.checkouts.repositories import RepositorySettings
from executors.checkouts.wanted import obtain
from executors.handler import Context
from ygg.adapters.git_trouble import Broken


def lay_out(
    url: str, ref: str | None, context: Context, settings: RepositorySettings
) -> tuple[Path, str]:
    """The copy that it came from, and the commit."""
    remote = reach(url, context, settings)
    aside = step_aside(context.workspace)
    mirror, commit = _laid_out(remote, ref, context)
    if aside:
        lay_over(aside, context.workspace)
    tidy(context.cache, keep_days=settings.keep_days, most_bytes=settings.cache_bytes)
    return mirror.folder, commit


def _laid_out(remote: Remote, ref: str | None, context: Context) -> tuple[Mirror, str]:
    """A copy that turns out to be damaged is made anew, once."""
    mirror = open_mirror(context.cache, remote)
    try:
        return mirror, _take(remote, mirror, ref, context)
    except Broken as error:
        context.log(f"{error.message}\nThe copy of {remote.url} is made anew")
    mirror.give_up()
    clear(context.workspace)
    mirror = open_mirror(context.cache, remote)
    return mirror, _take(remote, mirror, ref, context)


def _take(remote: Remote, mirror: Mirror, ref: str | None, context: Context) -> str:
    commit = obtain(remote, mirror, ref)
    mirror.add_worktree(context.workspace, commit)
    context.log(f"{remote.url} at {commit}")
    return commit
