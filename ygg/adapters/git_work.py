"""The command lines of work in a repository: `at` says which, a copy or a folder with its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ygg.adapters.git import Access, git
from ygg.adapters.git_output import HEADS
from ygg.adapters.git_reports import Mark


@dataclass(frozen=True)
class At:
    """Where git works. Whatever repository it was itself started from does not count."""

    repository: Path
    words: tuple[str, ...]

    def git(self, *words: str, access: Access | None = None) -> list[str]:
        return [*git(access=access), *self.words, *words]


def bare(mirror: Path) -> At:
    return At(mirror, (f"--git-dir={mirror}",))


def folder(path: Path) -> At:
    """A folder whose `.git` nobody but its owner, or we, have written."""
    return At(path / ".git", (f"--git-dir={path / '.git'}", f"--work-tree={path}"))


@dataclass(frozen=True)
class LogFilter:
    """Which commits are asked for."""

    until_commit: str
    after_commit: str | None = None
    """Not this one and what led to it."""
    author: str | None = None
    message: str | None = None
    since: str | None = None
    until: str | None = None
    path: str | None = None


def log(at: At, wanted: LogFilter, limit: int, mark: Mark) -> list[str]:
    words = ["log", f"--max-count={limit}", f"--format={mark.commit_format}"]
    words += ["--fixed-strings", "--regexp-ignore-case", "--no-show-signature", "--no-mailmap"]
    for option in ("author", "since", "until"):
        if value := getattr(wanted, option):
            words.append(f"--{option}={value}")
    if wanted.message:
        words.append(f"--grep={wanted.message}")
    words += ["--end-of-options", wanted.until_commit]
    if wanted.after_commit:
        words.append(f"^{wanted.after_commit}")
    return at.git("--literal-pathspecs", *words, "--", *([wanted.path] if wanted.path else []))


def branches(at: At, limit: int, mark: Mark) -> list[str]:
    """The latest first."""
    order = ("--sort=-committerdate", f"--count={limit}")
    return at.git("for-each-ref", *order, f"--format={mark.branch_format}", HEADS)


def count(at: At, one: str, other: str) -> list[str]:
    """How many commits either has that the other lacks."""
    return at.git("rev-list", "--left-right", "--count", f"{one}...{other}", "--")


def count_refs(at: At, below: str) -> list[str]:
    return at.git("for-each-ref", "--format=%(objecttype)", below)


def remote_heads(at: At) -> list[str]:
    """Which branch each remote of a clone has for its default, as far as the clone knows."""
    return at.git("for-each-ref", "--format=%(refname) %(symref)", "refs/remotes/**/HEAD")


def current_branch(at: At) -> list[str]:
    return at.git("symbolic-ref", "--quiet", "--short", "HEAD")


def commit_of(at: At, name: str) -> list[str]:
    """Which commit is meant by a ref or the beginning of a hash."""
    return at.git("rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}")


def status(at: At) -> list[str]:
    told = ("--porcelain=v2", "--branch", "--show-stash", "--untracked-files=normal")
    return at.git("--no-optional-locks", "status", *told)


def stage(at: At) -> list[str]:
    # Also what the repository ignores: somebody has put it there to be committed.
    return at.git("add", "--all", "--force", "--", ".")


def stage_paths(at: At, paths: Sequence[str]) -> list[str]:
    """These and nothing else."""
    return at.git("--literal-pathspecs", "add", "--all", "--force", "--", *paths)


def apply(at: At, patch: Path, *, check_reverse: bool = False) -> list[str]:
    how = ["--check", "--reverse"] if check_reverse else ["--index"]
    return at.git("apply", *how, "--whitespace=nowarn", "--", str(patch))


def has_staged(at: At) -> list[str]:
    """Ends with 1 if there is something to commit."""
    return at.git("diff", "--cached", "--quiet", "--no-ext-diff", "--exit-code")


def commit(at: At) -> list[str]:
    """The message comes on standard input; who, in the environment."""
    words = ("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--file=-")
    return at.git(*words, "--cleanup=whitespace")


def changes(at: At, commit: str) -> list[str]:
    words = ("show", "--format=", "--name-status", "--no-renames", "--no-ext-diff")
    return at.git(*words, commit, "--")


def patch_of(at: At, commit: str, file: Path) -> list[str]:
    words = ("format-patch", "-1", "--binary", "--no-signature", "--no-ext-diff", "--no-textconv")
    return at.git(*words, f"--output={file}", commit)


def push(at: At, url: str, refs: Sequence[str], access: Access, *options: str) -> list[str]:
    """Only forward: nothing here forces. A lease says what a branch must still be."""
    words = ("push", "--porcelain", "--no-verify", "--recurse-submodules=no", "--no-follow-tags")
    return at.git(*words, *options, "--", url, *refs, access=access)


def lease(branch: str, commit: str) -> str:
    """For a branch that is to go: only if it is still there. Empty: only if there is none yet."""
    return f"--force-with-lease={HEADS}{branch}:{commit}"


def fetch_clone(at: At, access: Access) -> list[str]:
    """From wherever the clone's own settings say."""
    words = ("fetch", "--quiet", "--prune", "--no-recurse-submodules")
    return at.git(*words, access=access)


def forward_current(at: At) -> list[str]:
    return at.git("merge", "--quiet", "--ff-only", "@{upstream}")


def forward_other(at: At, branch: str, upstream: str) -> list[str]:
    """One that is not checked out, from what has been fetched."""
    words = ("fetch", "--quiet", "--no-recurse-submodules", "--no-tags", "--")
    return at.git(*words, str(at.repository), f"{upstream}:{HEADS}{branch}")


def point_head(at: At, name: str) -> list[str]:
    return at.git("symbolic-ref", "HEAD", name)


def make_branch(at: At, name: str, start: str) -> list[str]:
    return at.git("branch", "--no-track", "--", name, start)


def delete_branch(at: At, name: str, *, unmerged: bool) -> list[str]:
    return at.git("branch", "-D" if unmerged else "-d", "--", name)


def rename_branch(at: At, name: str, to: str) -> list[str]:
    return at.git("branch", "-m", "--", name, to)


def is_ancestor(at: At, commit: str, of: str) -> list[str]:
    return at.git("merge-base", "--is-ancestor", commit, of)


def bundle(at: At, file: Path, refs: Sequence[str], without: str | None) -> list[str]:
    less = [f"^{without}"] if without else []
    return at.git("bundle", "create", "--quiet", str(file), *refs, *less)


def bundle_heads(file: Path) -> list[str]:
    return git("bundle", "list-heads", str(file))
