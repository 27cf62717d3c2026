"""The files that a task works on, kept where none of its commands comes; each trial gets a copy.

What was given lies beside the workspace. A command of one trial can so neither mislead the next,
nor change what its result is compared with and committed on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from code_agent.params import Asked, CodeTask
from code_agent.protected import is_protected
from code_agent.python.source import said_of
from code_agent.retrieval.unfit import unfit_path, unfit_text
from code_agent.tree import Tree, tree_of
from code_agent.trial import Trial
from executors.checkouts.layout import lay_out
from executors.handler import Context, Failed
from executors.models.asking import FILE_BYTES
from executors.projects.kinds import Folder
from executors.safe_files import read_file
from executors.sources import TRUST, Checkout, RepositorySettings, folder_in
from executors.workspace import remove_tree
from ygg.errors import BadInput

GIVEN = "given"
TRIAL = "work"
TEMPORARY = "tmp"
"""What commands see as /tmp: one trial must leave nothing there for the next."""
MOST_FILES = 20
"""So many of a repository are worked on at most, where none is named."""
MOST_LOOKED_AT = 1000
MOST_TOLD = 100

Worth = Callable[[str, str], int]
"""How much there is to do in a file, by its path and text. SyntaxError: nobody knows."""


@dataclass(frozen=True)
class Chosen:
    files: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Others that there may be something to do in, and why they are none of those."""


@dataclass(frozen=True)
class Work:
    context: Context
    checkout: Checkout
    """Of what was given, untouched."""
    targets: tuple[str, ...]
    """The files to work on, from the root."""
    check_seconds: float

    @property
    def root(self) -> Path:
        return self.checkout.root

    @cached_property
    def tree(self) -> Tree:
        return tree_of(self.root)

    def from_root(self, path: str) -> str:
        """As a file is written, of the path that it has in the folder where commands run."""
        return (self.checkout.folder.relative_to(self.root) / path).as_posix()

    def chosen(self, worth: Worth, linted: tuple[str, ...] = (), most: int = MOST_FILES) -> Chosen:
        """What was named or sent. Of a repository of which nothing was, those of the Python files
        that are most worth it; or, tests as well, of those that a linter reads."""
        if self.targets or self.checkout.mirror is None:
            return Chosen(self.targets)
        found = [self.from_root(one) for one in self._sources(linted or (".py",))]
        candidates = [one for one in found if _may_change(one, linted=bool(linted))]
        worths: dict[str, int] = {}
        left: list[str] = []
        for path in candidates[:MOST_LOOKED_AT]:
            try:
                worths[path] = self._worth(path, worth)
            except Failed as error:
                left.append(error.reason if path in error.reason else f"{path}: {error.reason}")
        most_worth = max(worths.values(), default=0)
        best = [path for path, one in worths.items() if one == most_worth]
        if most_worth:
            left += [f"{path}: one of too many files" for path in best[most:]]
        left += [f"{path}: not looked at" for path in candidates[MOST_LOOKED_AT:]]
        return Chosen(tuple(best[:most]), _told(left))

    def _sources(self, suffixes: tuple[str, ...]) -> list[str]:
        return Folder(self.checkout.folder).sources(*suffixes)

    def _worth(self, path: str, worth: Worth) -> int:
        text = self.text(path)
        if why := unfit_text(text):
            raise Failed(why)
        try:
            return worth(path, text)
        except SyntaxError as error:
            raise Failed(f"it cannot be parsed: {said_of(error)}") from error

    def text(self, path: str) -> str:
        """A file as it was given."""
        return text_of(self.root, path)

    def has(self, path: str) -> bool:
        return path in self.tree.digests

    def digest(self, changes: Mapping[str, str | None]) -> str:
        """Of all files with these changes."""
        return self.tree.changed(changes).digest

    @contextmanager
    def trial(self, changes: Mapping[str, str | None]) -> Iterator[Trial]:
        """A copy of all of it with these changes, for commands to run in; it goes afterwards."""
        folder = self.context.workspace / TRIAL
        empty(self.context.workspace)
        empty(self.context.workspace.parent / TEMPORARY)
        shutil.copytree(self.root, folder, symlinks=True)
        for path, text in changes.items():
            _put(folder, path, text)
        try:
            yield Trial(
                context=self.context,
                root=folder,
                folder=folder / self.checkout.folder.relative_to(self.root),
                digest=self.digest(changes),
                readable=self.checkout.readable,
                env=self.checkout.env,
                most_seconds=self.check_seconds,
            )
        finally:
            remove_tree(folder)


def open_work(
    asked: CodeTask,
    context: Context,
    repositories: RepositorySettings,
    check_seconds: float,
) -> Work:
    """What the task was given, out of the reach of its commands."""
    if isinstance(asked, Asked) and asked.code:
        _write_piece(asked, context)
    given = context.workspace.parent / GIVEN
    remove_tree(given)
    given.mkdir()
    sent = sorted(_sent(context.workspace))
    checkout = _lay_out(asked, context, repositories, given)
    return Work(context, checkout, _targets(asked, checkout, sent), check_seconds)


def empty(folder: Path) -> None:
    """Of whatever commands left there, links above all."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink()


def text_of(root: Path, path: str) -> str:
    try:
        content = read_file(root / path, root, FILE_BYTES)
        return content.decode("utf-8")
    except BadInput as error:
        raise Failed(f"cannot read {path}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise Failed(f"{path} is not UTF-8") from error


def _write_piece(asked: Asked, context: Context) -> None:
    if asked.repo or asked.files:
        raise Failed("code is a piece of text by itself", "give either code, or files, or repo")
    file = context.workspace / asked.name
    if file.exists():
        raise Failed(f"{asked.name} was sent along, too", "give either code or the file")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(asked.code, encoding="utf-8")


def _sent(workspace: Path) -> Iterator[str]:
    return (
        path.relative_to(workspace).as_posix()
        for path in workspace.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def _lay_out(
    asked: CodeTask, context: Context, repositories: RepositorySettings, given: Path
) -> Checkout:
    if asked.repo is None:
        for path in context.workspace.iterdir():
            path.rename(given / path.name)
        return Checkout(folder=folder_in(given, asked.path), root=given)
    mirror, commit = lay_out(asked.repo, asked.ref, context, repositories, given)
    return Checkout(
        folder=folder_in(given, asked.path),
        root=given,
        mirror=mirror,
        commit=commit,
        readable=(mirror,),
        env=TRUST,
    )


def _targets(asked: CodeTask, checkout: Checkout, sent: Sequence[str]) -> tuple[str, ...]:
    """Those that are named; else what was sent. Of a repository nothing else can be meant."""
    if not isinstance(asked, Asked):
        return tuple(sent)
    if not asked.files:
        return (asked.name,) if asked.code else tuple(sent)
    below = checkout.folder.relative_to(checkout.root)
    found = [PurePosixPath(below / path).as_posix() for path in asked.files]
    for path in found:
        if not (checkout.root / path).is_file():
            raise Failed(f"there is no file {path}", "files are named from path on")
    return tuple(found)


def _may_change(path: str, *, linted: bool) -> bool:
    return not (unfit_path(path) if linted else is_protected(path))


def _told(left: Sequence[str]) -> tuple[str, ...]:
    more = (f"and {len(left) - MOST_TOLD} more files",) if left[MOST_TOLD:] else ()
    return (*left[:MOST_TOLD], *more)


def _put(folder: Path, path: str, text: str | None) -> None:
    file = folder / path
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_symlink():
        raise Failed(f"{path} is a link", "name the file that it leads to")
    mode = file.stat().st_mode if file.exists() else None
    # Another one, so that no other name of the old one sees the change.
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8", newline="")
    if mode is not None:
        file.chmod(mode)
