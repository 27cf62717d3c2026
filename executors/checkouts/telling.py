"""What the git labels share: how long they may take, and how they tell of a branch or a commit."""

from __future__ import annotations

from pydantic import JsonValue

from executors.checkouts.repository import Repository
from ygg.adapters.git_reports import Branch
from ygg.adapters.git_work import LogFilter
from ygg.task import Limits

LIMITS = Limits(soft_seconds=900, hard_seconds=930)
EXAMPLE = "https://github.com/git/git-reference.git"


def told(branch: Branch) -> dict[str, JsonValue]:
    return {
        "name": branch.name,
        "commit": branch.commit,
        "date": branch.date,
        "author": branch.author,
        "subject": branch.subject,
    }


def latest(repository: Repository, commit: str) -> dict[str, JsonValue]:
    return repository.log(LogFilter(commit), 1)[0]
