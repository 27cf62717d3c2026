"""The folder of one attempt: inputs go in, artifacts come out, and no path leads elsewhere."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from executors.safe_files import read_file
from ygg.errors import BadInput
from ygg.task import BlobRef, NamedBlob

PATH_LENGTH = 1024
MOST_ARTIFACTS = 1000
MOST_FILES = 100_000
OWNER = "owner"
"""A file beside the workspace's own: the process that will remove it."""


def relative_path(text: str, field: str = "path") -> PurePosixPath:
    """A path or glob that stays below where it starts, or BadInput.

    Laxer than what the coordinator asks of the names of inputs: those also have one spelling each.
    """
    path = PurePosixPath(text)
    bad = (
        not text
        or "\x00" in text
        or path.is_absolute()
        or ".." in path.parts
        or len(text) > PATH_LENGTH
    )
    if bad:
        raise BadInput(
            f"{text[:80]!r} is not a path inside the workspace",
            field=field,
            allowed=["a relative path without `..`"],
        )
    return path


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "files"
        """Where the task works."""
        self.temporary = folder / "tmp"

    def make(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        remove_tree(self.folder)
        self.folder.mkdir(mode=0o700)
        (self.folder / OWNER).write_text(str(os.getpid()))
        self.files.mkdir()
        self.temporary.mkdir()

    def remove(self) -> None:
        remove_tree(self.folder)

    def keep(self, folder: Path) -> None:
        """Aside, for somebody to look at."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_tree(folder / self.folder.name)
        self.folder.rename(folder / self.folder.name)

    def write_inputs(
        self, inputs: Iterable[NamedBlob], content_of: Callable[[BlobRef], bytes]
    ) -> None:
        for one in inputs:
            path = self.files / relative_path(one.path, "inputs")
            content = content_of(one.blob)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    file.write(content)
            except OSError as error:
                raise BadInput(f"input {one.path}: {error.strerror}", field="inputs") from error

    def find(self, pattern: str) -> list[PurePosixPath]:
        """The files a glob names, `**` any depth; a folder means all that is in it."""
        wanted = relative_path(pattern, "outputs").parts
        # Also one with a bracket in its name. False, not an error, for a name that is too long.
        if os.path.isfile(self.files / pattern):  # noqa: PTH113
            return [PurePosixPath(*wanted)]
        return sorted(
            path
            for path in self._walk()
            if not wanted
            or any(_matches(path.parts[:end], wanted) for end in range(1, len(path.parts) + 1))
        )

    def read(self, path: PurePosixPath, most_bytes: int) -> bytes:
        """The content of a regular file inside. BadInput says what else it is."""
        return read_file(self.files / path, self.files, most_bytes)

    def _walk(self) -> Iterator[PurePosixPath]:
        seen = 0
        waiting = [PurePosixPath()]
        while waiting:
            folder = waiting.pop()
            try:
                entries = sorted(os.scandir(self.files / folder), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                seen += 1
                if seen > MOST_FILES:
                    raise BadInput(f"the workspace has more than {MOST_FILES} files")
                if entry.is_dir():
                    if not entry.is_symlink():
                        waiting.append(folder / entry.name)
                else:
                    yield folder / entry.name


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return (
        bool(parts)
        and fnmatch.fnmatchcase(parts[0], pattern[0])
        and _matches(parts[1:], pattern[1:])
    )


def sweep(work_dir: Path, alive: Callable[[int], bool]) -> int:
    """Remove the workspaces whose process is gone: how many there were."""
    swept = 0
    for owner in work_dir.glob(f"*/{OWNER}"):
        try:
            orphaned = not alive(int(owner.read_text()))
        except (OSError, ValueError):  # just made, or just removed
            continue
        if orphaned:
            remove_tree(owner.parent)
            swept += 1
    return swept


def remove_tree(folder: Path) -> None:
    """Also what a task has made unreadable, or deeper than Python can follow."""
    if not folder.exists():
        return
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for argv in (["chmod", "-R", "u+rwX", "--"], ["rm", "-rf", "--"]):
            subprocess.run([*argv, str(folder)], capture_output=True, check=False)
