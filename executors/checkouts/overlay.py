"""A task's input files step aside while a repository is laid out, and then lie over it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from executors.handler import Failed

GIT = ".git"


def step_aside(workspace: Path) -> Path | None:
    """Where the files are now: beside the workspace, and removed with it."""
    if not any(workspace.iterdir()):
        return None
    aside = Path(tempfile.mkdtemp(prefix="inputs-", dir=workspace.parent))
    for path in workspace.iterdir():
        path.rename(aside / path.name)
    return aside


def lay_over(aside: Path, root: Path) -> None:
    """Put them in place of what the repository has there; no link of its leads them elsewhere."""
    for file in _files(aside):
        relative = file.relative_to(aside)
        if GIT in (part.lower() for part in relative.parts):
            raise Failed(f"input {relative}: lies in git's own folder", "name it otherwise")
        target = root / relative
        _refuse_detour(root, target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(target, file)
        except OSError as error:
            raise Failed(
                f"input {relative}: {error.strerror}", "the repository has something else there"
            ) from error
    shutil.rmtree(aside)


def clear(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _replace(target: Path, file: Path) -> None:
    """A program stays one: the files of a task say nothing about that."""
    if target.is_file() and not target.is_symlink():
        file.chmod(target.stat().st_mode)
    target.unlink(missing_ok=True)
    file.rename(target)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _refuse_detour(root: Path, target: Path) -> None:
    for parent in target.relative_to(root).parents:
        if (root / parent).is_symlink() and parent != Path():
            raise Failed(
                f"input {target.relative_to(root)}: the repository has a link at {parent}",
                "name a path that leads through no link",
            )
