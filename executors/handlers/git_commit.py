"""`git-commit`: input files or a patch become a commit, and that a push if asked for."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from executors.checkouts.layout import lay_out
from executors.checkouts.remote import LOG_BYTES, Remote, reach
from executors.checkouts.repositories import AUTHOR, BranchName
from executors.checkouts.telling import EXAMPLE, LIMITS
from executors.handler import Context, Failed, Params, WorkspacePath, handler
from executors.sources import Ref, RepositorySettings, RepoUrl
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS
from ygg.adapters.git_reports import parse_changes
from ygg.adapters.git_trouble import Broken

MESSAGE_LENGTH = 10_000
MOST_CHANGES = 500
PATCH = "commit.patch"

Author = Annotated[
    str,
    Field(
        pattern=AUTHOR,
        max_length=300,
        json_schema_extra={"x-allowed": "NAME <ADDRESS>"},
    ),
]


class Commit(Params):
    repo: RepoUrl = Field(examples=[EXAMPLE])
    """The repository. Input files are laid over it."""
    message: str = Field(
        min_length=1,
        max_length=MESSAGE_LENGTH,
        pattern=r"\S",
        examples=["Mend the footer"],
        json_schema_extra={"x-allowed": "text that says what was changed"},
    )
    """What the commit says."""
    author: Author | None = Field(default=None, examples=["Ada <ada@example.org>"])
    """Who wrote the change; by default who commits on this machine."""
    ref: Ref | None = None
    """What to commit on; by default the branch, if it is there, else the default branch."""
    branch: BranchName | None = None
    """Where to push; by default the branch that was committed on."""
    patch: WorkspacePath | None = None
    """An input file that is applied instead of laid over."""
    push: bool = False
    """Push the commit. Otherwise it is kept as a patch."""


@handler(
    "git-commit",
    summary="Commit input files or a patch; push it, if asked to, but never by force.",
    limits=LIMITS,
    examples=[
        {"repo": EXAMPLE, "message": "Mend the footer"},
        {
            "repo": "git@example.org:me/site.git",
            "message": "Mend the footer",
            "patch": "footer.patch",
            "branch": "footer",
            "push": True,
        },
    ],
)
def commit(params: Commit, context: Context, settings: RepositorySettings) -> JsonValue:
    remote = reach(params.repo, context, settings)
    base, target = _where(remote, params)
    patch = _put_aside(context.workspace, params.patch) if params.patch else None
    _, parent = lay_out(params.repo, base, context, settings)
    at = git_work.folder(context.workspace)
    if patch:
        _apply(remote, at, patch)
    remote.run(git_work.stage(at))
    if remote.attempt(git_work.has_staged(at)).exit_code == 0:
        context.warn("nothing to commit: the repository has all of it already")
        return {"commit": None, "parent": parent, "branch": target, "pushed": False, "changes": []}
    made = _commit(remote, at, params, settings)
    changes = parse_changes(remote.run(git_work.changes(at, made), keep_bytes=LOG_BYTES))
    if params.push:
        remote.push(at, [f"{made}:{HEADS}{target}"])
    else:
        remote.run(git_work.patch_of(at, made, context.workspace / PATCH))
        context.artifact(PATCH)
    return {
        "commit": made,
        "parent": parent,
        "branch": target,
        "pushed": params.push,
        "changes": list(changes[:MOST_CHANGES]),
        "changes_in_all": len(changes),
    }


def _where(remote: Remote, params: Commit) -> tuple[str | None, str | None]:
    """What to commit on, and the branch to push to."""
    branches = [HEADS + name for name in (params.branch, params.ref) if name]
    refs = remote.refs("HEAD", *branches)
    if params.branch:
        there = HEADS + params.branch in refs.commits
        return params.ref or (HEADS + params.branch if there else None), params.branch
    if params.ref is None:
        return None, (refs.default or "").removeprefix(HEADS) or None
    name = params.ref.removeprefix(HEADS)
    if HEADS + name in refs.commits:
        return HEADS + name, name
    if params.push:
        raise Failed(f"{params.ref} is no branch of {params.repo}", "name the branch to push to")
    return params.ref, None


def _put_aside(workspace: Path, name: str) -> Path:
    patch = workspace / name
    if not os.path.isfile(patch):  # noqa: PTH113  False, not an error, for a name that is too long
        raise Failed(f"there is no input file {name}", f"submit it with the task: --file {name}")
    return patch.rename(Path(tempfile.mkdtemp(prefix="patch-", dir=workspace.parent), "patch"))


def _apply(remote: Remote, at: git_work.At, patch: Path) -> None:
    if remote.attempt(git_work.apply(at, patch, check_reverse=True)).exit_code == 0:
        return  # it is there already: an earlier attempt may have pushed it
    ran = remote.attempt(git_work.apply(at, patch))
    if ran.exit_code:
        remote.context.log(ran.stderr)
        first = ran.stderr.strip().partition("\n")[0].removeprefix("error: ")
        raise Failed(f"the patch does not apply: {first}", "make it anew from this ref")


def _commit(remote: Remote, at: git_work.At, params: Commit, settings: RepositorySettings) -> str:
    people = _person("COMMITTER", settings.author)
    people |= _person("AUTHOR", params.author or settings.author)
    try:
        remote.run(git_work.commit(at), stdin=params.message, env=people)
    except Broken as error:
        raise Failed(error.message, error.hint or "") from error
    return remote.run(git_work.commit_of(at, "HEAD")).strip()


def _person(role: str, text: str) -> dict[str, str]:
    found = re.fullmatch(r"(.+) <(.+)>", text)
    assert found  # noqa: S101  the pattern of settings and params says so
    return {f"GIT_{role}_NAME": found[1], f"GIT_{role}_EMAIL": found[2]}
