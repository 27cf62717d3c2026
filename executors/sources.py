"""Where a task's files come from: a repository at some ref, or the files it was submitted with.

An executor keeps a copy of each repository (`checkouts/mirror.py`); each task gets a worktree.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict

from executors.checkouts.layout import lay_out
from executors.checkouts.repositories import Ref, RepositorySettings, RepoUrl
from executors.handler import Context, Failed, Params, WorkspacePath

__all__ = ["Checkout", "Ref", "RepoUrl", "RepositorySettings", "Source", "check_out"]

TRUST = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
    "GIT_OPTIONAL_LOCKS": "0",
}


class Source(Params):
    """What a label's params begin with if it works on files."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"ref": ["repo"]}})

    repo: RepoUrl | None = None
    """The repository to work on. Input files are laid over it."""
    ref: Ref | None = None
    """Its branch, tag or commit; by default its default branch."""
    path: WorkspacePath = "."
    """The folder, in the repository or among the input files, to work in."""


@dataclass(frozen=True)
class Checkout:
    """Files to work on."""

    folder: Path
    """Where to work."""
    root: Path
    """The whole of it."""
    mirror: Path | None = None
    commit: str | None = None
    readable: tuple[Path, ...] = ()
    """What a sandboxed command must see besides the workspace."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What lets git work in the sandbox, where the files have another owner."""


def check_out(source: Source, context: Context, settings: RepositorySettings) -> Checkout:
    """The task's files, laid out in its workspace.

    Git may be run there outside of the sandbox only before any command of the task has run: those
    can change what git is told by the files it finds.
    """
    root = context.workspace
    if source.repo is None:
        if source.ref is not None:
            raise Failed(f"there is no repository to take {source.ref} from", "give repo, too")
        return Checkout(folder=folder_in(root, source.path), root=root)
    mirror, commit = lay_out(source.repo, source.ref, context, settings)
    return Checkout(
        folder=folder_in(root, source.path),
        root=root,
        mirror=mirror,
        commit=commit,
        readable=(mirror,),
        env=TRUST,
    )


def folder_in(root: Path, path: str) -> Path:
    """A folder that is really below: no link leads out of it."""
    folder = root / path
    # Of os.path, which answers where pathlib would raise: long names, links in a circle.
    if not Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(root)):
        raise Failed(f"{path} leads out of the workspace", "a link is in the way")
    if not os.path.isdir(folder):  # noqa: PTH112
        raise Failed(f"there is no folder {path}", "`path` names a folder of the repository")
    return folder
