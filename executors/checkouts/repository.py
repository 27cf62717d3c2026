"""A repository to read: the copy of one elsewhere, or a working copy on this machine."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue

from executors.checkouts.mirror import Mirror
from executors.checkouts.remote import LIST_BYTES, LOG_BYTES, Remote, reach
from executors.checkouts.repositories import CLONE, RepositorySettings
from executors.checkouts.visit import visit
from executors.checkouts.wanted import obtain
from executors.handler import Context
from ygg.adapters import git_work
from ygg.adapters.git import ALL_REFS
from ygg.adapters.git_output import HEADS, parse_remote_heads
from ygg.adapters.git_reports import Branch, Mark, parse_branches, parse_commits
from ygg.errors import NotFound

T = TypeVar("T")
MOST_NAMES = 1000
CLONE_PROTOCOLS = "https:http:ssh:file"
"""A clone's own settings say where it came from, and its owner wrote them."""


@dataclass(frozen=True)
class Repository:
    remote: Remote
    at: git_work.At
    mirror: Mirror | None
    """Nothing: it is a working copy."""

    def bring_all(self) -> None:
        """Every branch and tag that there is now."""
        if self.mirror:
            self.mirror.fetch(*ALL_REFS)

    def commit(self, ref: str | None) -> str:
        if self.mirror:
            return obtain(self.remote, self.mirror, ref)
        ran = self.remote.attempt(git_work.commit_of(self.at, ref or "HEAD"))
        if ran.exit_code:
            raise self._no_such(ref or "HEAD")
        return ran.stdout.strip()

    def branches(self, limit: int) -> list[Branch]:
        """The latest first."""
        mark = Mark()
        argv = git_work.branches(self.at, limit, mark)
        return parse_branches(self.remote.run(argv, keep_bytes=LIST_BYTES), mark)

    def default_branches(self) -> set[str]:
        """The one of the server; of a clone those of where it came from, else the one it is at."""
        if self.mirror:
            default = self.remote.refs("HEAD").default
            return {default.removeprefix(HEADS)} if default else set()
        said = self.remote.run(git_work.remote_heads(self.at), keep_bytes=LIST_BYTES)
        if found := parse_remote_heads(said):
            return found
        return {self.remote.attempt(git_work.current_branch(self.at)).stdout.strip()}

    def log(self, wanted: git_work.LogFilter, limit: int) -> list[dict[str, JsonValue]]:
        mark = Mark()
        argv = git_work.log(self.at, wanted, limit, mark)
        return parse_commits(self.remote.run(argv, keep_bytes=LOG_BYTES), mark)

    def _no_such(self, ref: str) -> NotFound:
        known = [branch.name for branch in self.branches(MOST_NAMES)]
        near = difflib.get_close_matches(ref, known, n=3, cutoff=0.4) or known[:3]
        hint = f"it has {', '.join(near)}" if near else "it has no commit yet"
        return NotFound(f"{self.remote.url}: it has no branch, tag or commit {ref}", hint=hint)


def is_clone(repo: str) -> bool:
    return CLONE.fullmatch(repo) is not None


def clone_of(name: str, context: Context, settings: RepositorySettings) -> tuple[Repository, Path]:
    folder = settings.clones.get(name)
    if folder is None:
        known = ", ".join(sorted(settings.clones)) or "none"
        raise NotFound(
            f"this machine has no clone {name}",
            hint=f"clones of [handlers.repositories] names them; here: {known}",
        )
    if not (folder / ".git").exists():
        raise NotFound(f"clone {name}: there is no repository in {folder}")
    remote = Remote(f"clone {name}", settings.access(), CLONE_PROTOCOLS, context)
    return Repository(remote, git_work.folder(folder), None), folder


def in_repository(
    repo: str, context: Context, settings: RepositorySettings, work: Callable[[Repository], T]
) -> T:
    if is_clone(repo):
        return work(clone_of(repo, context, settings)[0])
    remote = reach(repo, context, settings)
    return visit(
        remote,
        settings,
        lambda mirror: work(Repository(remote, git_work.bare(mirror.folder), mirror)),
    )
