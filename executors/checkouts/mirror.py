"""A bare copy of one repository, kept between tasks, and the worktrees that tasks take from it.

    cache/repositories/DIGEST/  url              which repository
                                lock fetch.lock  who makes copies and worktrees, who fetches
                                3.git            the copy; an earlier number was damaged

Whoever uses a copy holds a shared lock on its folder until their process ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from executors.checkouts.remote import Remote
from executors.workspace import remove_tree
from ygg.adapters import git
from ygg.adapters.git_work import bare, commit_of
from ygg.errors import Conflict

FOLDER = "repositories"
BROKEN = "broken"
"""A file in a copy that is not to be used again."""
USED = "used"
"""A file whose time says when a task last came for it."""


class Mirror:
    def __init__(self, folder: Path, remote: Remote) -> None:
        self.folder = folder
        self._home = folder.parent
        self._remote = remote

    def has(self, commit: str) -> bool:
        return self._remote.attempt(git.has(self.folder, commit)).exit_code == 0

    def name_commit(self, name: str) -> str | None:
        ran = self._remote.attempt(commit_of(bare(self.folder), name))
        return ran.stdout.strip() if ran.exit_code == 0 else None

    def fetch(self, *refs: str, unless: str = "") -> None:
        """Get these refs, unless another task has meanwhile brought that commit."""
        with locked(self._home / "fetch.lock"):
            if unless and self.has(unless):
                return
            self._clear_leftovers()
            try:
                self._remote.fetch(self.folder, refs)
            except Conflict:
                # A branch has become a folder of branches, or the other way round: what is gone
                # from the remote goes first.
                self._remote.fetch(self.folder, git.ALL_REFS)
                self._remote.fetch(self.folder, refs)

    def add_worktree(self, folder: Path, commit: str) -> None:
        """Into an empty folder. Those whose folders are gone are forgotten."""
        with locked(self._home / "lock"):
            self._remote.run(git.prune_worktrees(self.folder))
            self._remote.run(git.add_worktree(self.folder, folder, commit))
        self._remote.run(git.fill_worktree(folder))

    def give_up(self) -> None:
        """The next task makes a new one. Others may still be at work with this one."""
        (self.folder / BROKEN).touch()

    def _clear_leftovers(self) -> None:
        """Of a fetch that was killed: nobody else fetches now, so these locks hold nothing."""
        for name in ("*.lock", "refs/**/*.lock", "objects/pack/tmp_*", "gc.pid"):
            for left in self.folder.glob(name):
                left.unlink(missing_ok=True)


def open_mirror(cache: Path, remote: Remote) -> Mirror:
    """The copy of this repository, made if there is none, and not dropped while we live."""
    home = cache / FOLDER / hashlib.sha256(remote.url.encode()).hexdigest()[:32]
    home.mkdir(parents=True, exist_ok=True)
    with locked(home / "lock"):
        # Whoever drops copies does not wait for this lock; so the one that is found may go.
        while True:
            folder = _newest(home) or _make(home, remote)
            if hold(folder):
                break
    (folder / USED).touch()
    return Mirror(folder, remote)


def hold(folder: Path) -> bool:
    """Keep a copy from being dropped until this process ends; False if that came first."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    fcntl.flock(number, fcntl.LOCK_SH)
    if _is_at(number, folder):
        return True
    os.close(number)
    return False


def drop(folder: Path) -> bool:
    """Remove a copy that nobody uses."""
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # At once, so that nobody finds half of it.
        gone = folder.with_name(f"{folder.name}.{os.getpid()}.gone")
        folder.rename(gone)
    except (BlockingIOError, FileNotFoundError):
        return False
    finally:
        os.close(number)
    remove_tree(gone)
    return True


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Wait for it. It ends with its holder's process, too."""
    number = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def copies(home: Path) -> list[Path]:
    """All that were made, the newest last."""
    return sorted(home.glob("*.git"), key=lambda folder: int(folder.stem))


def _newest(home: Path) -> Path | None:
    sound = [folder for folder in copies(home) if not (folder / BROKEN).exists()]
    return sound[-1] if sound else None


def _make(home: Path, remote: Remote) -> Path:
    (home / "url").write_text(f"{remote.url}\n")
    number = max((int(folder.stem) for folder in copies(home)), default=0) + 1
    made, folder = home / "new", home / f"{number}.git"
    shutil.rmtree(made, ignore_errors=True)
    remote.run(git.make_mirror(made))
    made.rename(folder)
    return folder


def _is_at(number: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), folder.stat())
    except FileNotFoundError:
        return False
