"""A branch that a result made, from its bundle into a clone; nothing is checked out or merged."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from ygg.cli.code_result import Branch
from ygg.code_results import BUNDLE
from ygg.errors import BadInput, Conflict, MissingExtra, YggError

_QUIET = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")


class Clone:
    """The repository of a folder, as git itself sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        inside = self._git("rev-parse", "--absolute-git-dir")
        if inside.returncode != 0:
            raise BadInput(
                f"{folder} is in no git repository",
                field="--dir",
                hint="type it in a clone of the task's repository, or name one: --dir FOLDER",
            )

    def has(self, branch: Branch) -> bool:
        """Whether it came before; refused where it cannot come at all."""
        present = self._commit(f"refs/heads/{branch.name}")
        if present == branch.commit:
            return True
        if present is not None:
            raise Conflict(
                f"there is a branch {branch.name} at another commit, {present[:12]}",
                hint=f"git branch -m {branch.name} OTHER-NAME keeps it out of the way",
            )
        if self._commit(branch.base) is None:
            raise Conflict(
                f"this repository lacks the commit {branch.base[:12]} that the branch builds on",
                hint="is it a clone of the task's repository? if so: git fetch --all",
            )
        return False

    def take(self, branch: Branch, bundle: bytes) -> None:
        ref = f"refs/heads/{branch.name}"
        with tempfile.TemporaryDirectory(prefix="ygg-") as scratch:
            file = Path(scratch) / BUNDLE
            file.write_bytes(bundle)
            heads = self._said("bundle", "list-heads", str(file), ref)
            if heads.split() != [branch.commit, ref]:
                raise YggError(f"{BUNDLE} has another branch than the result tells of")
            self._said("fetch", *_QUIET, str(file), f"{ref}:{ref}")

    def _commit(self, name: str) -> str | None:
        found = self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return found.stdout.strip() if found.returncode == 0 else None

    def _said(self, *words: str) -> str:
        done = self._git(*words)
        if done.returncode != 0:
            said = " ".join(done.stderr.split())[-500:]
            raise YggError(f"git {words[0]} failed: {said or f'exit code {done.returncode}'}")
        return done.stdout

    def _git(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "--no-pager", "-C", str(self.folder), *words]
        try:
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise MissingExtra(
                "there is no git here", hint="install git, then try again"
            ) from error
