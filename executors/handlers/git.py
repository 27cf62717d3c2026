"""`git-status`, `git-log`: what a repository elsewhere, or a working copy here, looks like."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import Field, JsonValue

from executors.checkouts.remote import LIST_BYTES, LOG_BYTES
from executors.checkouts.repositories import RepoOrClone
from executors.checkouts.repository import Repository, in_repository
from executors.checkouts.telling import EXAMPLE, LIMITS, latest, told
from executors.days import DAY, TIME
from executors.handler import Context, Params, WorkspacePath, handler
from executors.sources import Ref, RepositorySettings
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS, TAGS
from ygg.adapters.git_reports import (
    Branch,
    WorkingCopy,
    parse_counts,
    parse_status,
)
from ygg.adapters.git_work import LogFilter

RESULT_CHARACTERS = 400_000
"""Of commits in a result. As bytes it is at most twice that, and a result may take a megabyte."""
MOST_BRANCHES = 50
MOST_FILES = 200


class OneRepository(Params):
    repo: RepoOrClone = Field(examples=[EXAMPLE, "site"])
    """A repository's URL, or the name of a clone on the machine."""
    ref: Ref | None = None
    """A branch, tag or commit; by default the default branch, of a clone what is checked out."""


@handler(
    "git-status",
    summary="Tell where a repository stands: its head and branches; a clone's changes.",
    commands=('ygg submit --label git-status --repo "file://$PWD" --wait',),
    limits=LIMITS,
    examples=[{"repo": EXAMPLE}, {"repo": "site"}],
)
def status(params: OneRepository, context: Context, settings: RepositorySettings) -> JsonValue:
    def work(repository: Repository) -> JsonValue:
        if repository.mirror is None:
            return _of_clone(repository, params.ref)
        return _of_remote(repository, params.ref)

    return in_repository(params.repo, context, settings, work)


def _of_remote(repository: Repository, ref: str | None) -> JsonValue:
    refs = repository.remote.refs("HEAD")
    repository.bring_all()
    default = (refs.default or "").removeprefix(HEADS)
    head = (ref is None and refs.commits.get("HEAD")) or repository.commit(ref)
    return {
        "default_branch": default or None,
        "head": latest(repository, head),
        "branches": [
            _beside(repository, branch, default) for branch in repository.branches(MOST_BRANCHES)
        ],
        "branches_in_all": _count(repository, HEADS),
        "tags": _count(repository, TAGS),
    }


def _count(repository: Repository, below: str) -> int:
    listed = repository.remote.run(git_work.count_refs(repository.at, below), keep_bytes=LIST_BYTES)
    return len(listed.splitlines())


def _beside(repository: Repository, branch: Branch, default: str) -> JsonValue:
    found = told(branch)
    if default and branch.name != default:
        counted = repository.remote.attempt(
            git_work.count(repository.at, HEADS + default, branch.commit)
        )
        if counted.exit_code == 0:
            found["behind"], found["ahead"] = parse_counts(counted.stdout)
    return found


def _of_clone(repository: Repository, ref: str | None) -> JsonValue:
    said = repository.remote.run(git_work.status(repository.at), keep_bytes=LOG_BYTES)
    found = parse_status(said)
    head = repository.commit(ref) if ref or found.commit else None
    return {
        "clean": found.is_clean,
        "branch": found.branch,
        "head": latest(repository, head) if head else None,
        "upstream": found.upstream,
        "ahead": found.ahead,
        "behind": found.behind,
        "stashes": found.stashes,
        "changes": _changes(found),
    }


def _changes(found: WorkingCopy) -> JsonValue:
    """The names, and how many there are if those are not all."""
    kinds = {
        "staged": found.staged,
        "changed": found.changed,
        "untracked": found.untracked,
        "conflicted": found.conflicted,
    }
    return {
        kind: {"count": len(paths), "paths": list(paths[:MOST_FILES])}
        for kind, paths in kinds.items()
        if paths
    }


Line = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\u0000-\u001f]+$",
        json_schema_extra={"x-allowed": "text on one line"},
    ),
]
Moment = Annotated[
    str,
    Field(
        max_length=20,
        pattern=rf"^({DAY}(T{TIME}Z)?"
        r"|[1-9][0-9]{0,3} (minute|hour|day|week|month|year)s? ago)$",
        json_schema_extra={
            "x-allowed": "a day (2026-01-31), a time (2026-01-31T12:00:00Z), or `2 weeks ago`"
        },
    ),
]


class Log(OneRepository):
    after: Ref | None = None
    """Leave out this commit, tag or branch, and all that led to it."""
    limit: int = Field(default=50, ge=1, le=1000)
    """The most commits; the latest are told."""
    author: Line | None = None
    """Only theirs: part of a name or address."""
    message: Line | None = None
    """Only those whose message has this in it."""
    since: Moment | None = Field(default=None, examples=["2026-01-31", "2 weeks ago"])
    """Only those committed later."""
    until: Moment | None = None
    """Only those committed earlier."""
    path: WorkspacePath | None = None
    """Only those that change this file or folder."""


@handler(
    "git-log",
    summary="Tell the commits of a repository as data, the latest first.",
    commands=('ygg submit --label git-log --repo "file://$PWD" --param limit=5 --wait',),
    limits=LIMITS,
    examples=[
        {"repo": EXAMPLE, "limit": 10},
        {"repo": "site", "since": "2 weeks ago", "author": "ada", "path": "docs"},
    ],
)
def log(params: Log, context: Context, settings: RepositorySettings) -> JsonValue:
    def work(repository: Repository) -> JsonValue:
        wanted = LogFilter(
            until_commit=repository.commit(params.ref),
            after_commit=repository.commit(params.after) if params.after else None,
            author=params.author,
            message=params.message,
            since=params.since,
            until=params.until,
            path=params.path,
        )
        found = repository.log(wanted, params.limit + 1)
        shown = _fitting(found[: params.limit])
        return {"commits": list(shown), "more": len(shown) < len(found)}

    return in_repository(params.repo, context, settings, work)


def _fitting(commits: list[dict[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    left = RESULT_CHARACTERS
    for number, commit in enumerate(commits):
        left -= len(json.dumps(commit))
        if left < 0:
            return commits[:number]
    return commits
