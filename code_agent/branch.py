"""A result in a repository: one commit, on a branch of the task's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from code_agent.work import Work
from executors.checkouts.remote import Remote, reach
from executors.handler import Failed
from executors.sources import RepositorySettings
from ygg.adapters import git_work
from ygg.adapters.git_output import HEADS
from ygg.code_results import BUNDLE, branch_name
from ygg.errors import YggError
from ygg.task import Verdict


@dataclass(frozen=True)
class Message:
    """What the commit says of itself."""

    subject: str
    task_id: str
    verdict: Verdict
    model: str

    @property
    def text(self) -> str:
        trailers = {
            "Ygg-Task": self.task_id,
            "Ygg-Verdict": self.verdict.value,
            "Ygg-Model": _one_line(self.model) or "none",
        }
        lines = "\n".join(f"{name}: {value}" for name, value in trailers.items())
        return f"{_one_line(self.subject)}\n\n{lines}\n"


def commit(
    work: Work,
    repo: str,
    changed: Mapping[str, str | None],
    message: Message,
    repositories: RepositorySettings,
    *,
    push: bool,
) -> dict[str, JsonValue]:
    """Made where no command of the task has been. It is kept as a bundle, and pushed if asked."""
    remote = reach(repo, work.context, repositories)
    at = git_work.folder(work.root)
    for path, text in changed.items():
        _write(work, path, text)
    remote.run(git_work.stage_paths(at, list(changed)))
    remote.run(git_work.commit(at), stdin=message.text, env=_people(repositories.author))
    made = remote.run(git_work.commit_of(at, "HEAD")).strip()
    branch = branch_name(message.task_id)
    _bundle(work, remote, branch, made)
    return {
        "name": branch,
        "commit": made,
        "base": work.checkout.commit,
        "pushed": push and _pushed(work, remote, at, branch, made),
    }


def _bundle(work: Work, remote: Remote, branch: str, made: str) -> None:
    """The branch is there for as long as the bundle takes: copies of repositories have none of
    ours."""
    at = git_work.folder(work.root)
    remote.run(git_work.make_branch(at, branch, made))
    try:
        file = work.context.workspace / BUNDLE
        refs = [HEADS + branch]
        remote.run(git_work.bundle(at, file, refs, work.checkout.commit))
    finally:
        remote.run(git_work.delete_branch(at, branch, unmerged=True))
    work.context.artifact(BUNDLE)


def _pushed(work: Work, remote: Remote, at: git_work.At, branch: str, made: str) -> bool:
    try:
        remote.push(at, [f"{made}:{HEADS}{branch}"])
    except YggError as error:
        work.context.warn(f"not pushed: {error.message}")
        return False
    return True


def _write(work: Work, path: str, text: str | None) -> None:
    file = work.root / path
    if file.is_symlink():
        raise Failed(f"{path} is a link", "name the file that it leads to")
    if text is None:
        file.unlink()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")


def _people(author: str) -> dict[str, str]:
    found = re.fullmatch(r"(.+) <(.+)>", author)
    assert found  # noqa: S101  the pattern of the setting says so
    return {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", found[1]), ("EMAIL", found[2]))
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
