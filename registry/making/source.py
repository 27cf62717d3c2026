"""The clone that images are made of: where it is, and which commit."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from registry.versions import DIRTY
from ygg.adapters.git import Access, address_of, environment, git
from ygg.errors import BadInput, MissingExtra

PROJECT = "yggdrasil-fleet"
RECIPES = "containerfiles"
LOCKS = "requirements"


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


def source_of(folder: Path) -> Source:
    if not all((folder / part).exists() for part in ("pyproject.toml", RECIPES, LOCKS)):
        raise BadInput(
            f"{folder} is no clone of Yggdrasil, which images are made of",
            field="--source",
            hint="clone it, and: ygg images build --source FOLDER",
        )
    commit, at = _git(folder, "log", "-1", "--format=%H %ct").split()
    is_dirty = bool(_git(folder, "status", "--porcelain", "--untracked-files=normal"))
    return Source(folder, commit, int(at), is_dirty, _url(folder))


def _url(folder: Path) -> str:
    """Where it was cloned from, unless that says something about this machine, or a password."""
    try:
        found = _git(folder, "config", "--default", "", "remote.origin.url")
        address = address_of(found)
    except ValueError:
        return PROJECT
    return PROJECT if address.scheme == "file" else f"https://{address.host}{address.path}"


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            git("-C", str(folder), *words),
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise MissingExtra("git is not installed here", hint="apt-get install git") from error
    if done.returncode:
        raise BadInput(
            f"{folder}: git cannot say which commit it is: {done.stderr.strip()}",
            field="--source",
            hint="images say which commit they are of: make them in a clone with one",
        )
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | environment(Access())
