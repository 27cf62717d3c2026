"""The clone that images are made of: where it is, and which commit."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

from registry.versions import DIRTY
from ygg.adapters.git import Access, address_of, environment, git
from ygg.errors import BadInput, MissingExtra
from ygg.shipped import shipped

PROJECT = "yggdrasil-fleet"
RECIPES = "containerfiles"
LOCKS = "requirements"
_IN_A_CLONE = "images say which commit they are of: make them in a clone with one"
_AS_COMMITTED = (
    *("-c", "core.excludesFile=/dev/null", "-c", "core.attributesFile=/dev/null"),
    *("-c", "core.autocrlf=false"),
)
"""What one user ignores or rewrites does not matter to an image."""


@dataclass(frozen=True)
class Source:
    folder: Path
    commit: str
    at: int
    """When the commit was made, in seconds since 1970."""
    is_dirty: bool
    url: str
    """Where it is published, as far as the clone knows."""

    @property
    def revision(self) -> str:
        return self.commit + (DIRTY if self.is_dirty else "")

    @property
    def recipes(self) -> Path:
        return self.folder / RECIPES

    def lock(self, name: str) -> str:
        return (self.folder / LOCKS / f"{name}.txt").read_text()


def own_folder() -> Path:
    return Path(__file__).resolve().parents[2]


def own_clone() -> Path:
    """The clone that this command is from; an installed one has no commit to be labelled with."""
    found = own_folder()
    if not (found / "pyproject.toml").is_file():
        raise BadInput(
            "this ygg is installed, and not from a clone, which images are made of: a commit, its"
            " code, and the wheels that its lock files pin",
            field="--source",
            hint="clone it, and: ygg images build --source FOLDER; what it is built by lies in"
            f" {shipped(RECIPES)}",
        )
    return found


def source_of(folder: Path) -> Source:
    if not all((folder / part).exists() for part in ("pyproject.toml", RECIPES, LOCKS)):
        raise BadInput(
            f"{folder} is no clone of Yggdrasil, which images are made of",
            field="--source",
            hint="clone it, and: ygg images build --source FOLDER",
        )
    top = Path(_git(folder, "rev-parse", "--show-toplevel"))
    if top != folder.resolve():
        raise BadInput(
            f"{folder} is no clone, but a folder in that of {top}: its commit says nothing of it",
            field="--source",
            hint=_IN_A_CLONE,
        )
    commit, at = _git(folder, "log", "-1", "--format=%H %ct").split()
    is_dirty = bool(_git(folder, "status", "--porcelain", "--untracked-files=normal"))
    return Source(folder, commit, int(at), is_dirty, _url(folder))


def copied(source: Source, target: Path) -> Source:
    """What its revision names, and nothing else: a clone holds more than git tells of."""
    target.mkdir()
    if source.is_dirty:
        _copy_known(source.folder, target)
    else:
        packed = _asked(source.folder, "archive", "--format=tar", source.commit)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(target, filter="data")
    return replace(source, folder=target)


def _copy_known(folder: Path, target: Path) -> None:
    known = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, known.split("\0")):
        file, copy = folder / name, target / name
        if file.is_file() or file.is_symlink():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy, follow_symlinks=False)


def _url(folder: Path) -> str:
    """Where it was cloned from, unless that says something about this machine, or a password."""
    return published_at(_git(folder, "config", "--default", "", "remote.origin.url"))


def published_at(origin: str) -> str:
    try:
        address = address_of(origin)
    except ValueError:
        return PROJECT
    if address.scheme == "file":
        return PROJECT
    path = re.split(r"[?#]", address.path)[0]
    return f"https://{address.host}/{path.lstrip('/')}"


def _git(folder: Path, *words: str) -> str:
    return _asked(folder, *words).decode(errors="surrogateescape").strip()


def _asked(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(
            git(*_AS_COMMITTED, "-C", str(folder), *words),
            env=_environment(),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingExtra("git is not installed here", hint="apt-get install git") from error
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip()
        raise BadInput(
            f"{folder}: git cannot say which commit it is: {told}",
            field="--source",
            hint=_IN_A_CLONE,
        )
    return done.stdout


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | environment(Access())
