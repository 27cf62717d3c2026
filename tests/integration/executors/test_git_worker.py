"""Each git label once through a real worker, as its machine's settings have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitserver import GitServer, Repository, git
from tests.integration.executors.harness import ExecutorProcess, MakeExecutor
from ygg.blobs import inline_content, ref_of
from ygg.ids import new_id
from ygg.task import Ending, Envelope, Limits, NamedBlob, Outcome


@pytest.fixture
def executor(
    make_executor: MakeExecutor, git_server: GitServer, repository: Repository
) -> Iterator[ExecutorProcess]:
    clones = json.dumps({"site": str(repository.work)})
    settings = git_server.settings | {"clones": clones}
    found = make_executor(
        **{f"YGG_HANDLERS__REPOSITORIES__{key.upper()}": value for key, value in settings.items()}
    )
    found.start_and_wait()
    return found


def run(executor: ExecutorProcess, label: str, files: dict[str, str], **params: object) -> Outcome:
    inputs = [
        NamedBlob(path=name, blob=ref_of(text.encode(), inline_bytes=10_000))
        for name, text in files.items()
    ]
    envelope = Envelope(
        task_id=new_id(),
        attempt=1,
        label=label,
        params=json.loads(json.dumps(params)),
        inputs=tuple(inputs),
        limits=Limits(soft_seconds=60, hard_seconds=90),
    )
    executor.send(envelope)
    outcome = executor.outcome(envelope, 60)
    assert outcome.ending is Ending.OK, f"{outcome.reason} ({outcome.hint})"
    return outcome


def test_every_label(
    executor: ExecutorProcess, git_server: GitServer, repository: Repository, tmp_path: Path
) -> None:
    url = git_server.url(repository)
    offered = {
        offer.label for event in executor.announcements() for offer in event.announcement.offers
    }
    labels = ("status", "log", "branch", "commit", "sync", "bundle")
    assert {f"git-{one}" for one in labels} <= offered

    run(executor, "git-branch", {}, repo=url, action="create", name="topic")
    files = {"b.txt": "two\n"}
    run(executor, "git-commit", files, repo=url, message="Two", branch="topic", push=True)
    assert git(repository.bare, "show", "topic:b.txt") == "two\n"
    found = run(executor, "git-log", {}, repo=url, ref="topic", limit=1).result
    assert isinstance(found, dict)
    assert "Two" in str(found["commits"])
    assert "topic" in str(run(executor, "git-status", {}, repo=url).result)
    assert "main" in str(run(executor, "git-status", {}, repo="site").result)
    run(executor, "git-sync", {}, repo="site")
    outcome = run(executor, "git-bundle", {}, repo=url)
    (bundle,) = outcome.artifacts
    content = inline_content(bundle.blob)
    assert content
    (tmp_path / "b").write_bytes(content)
    assert "refs/heads/topic" in git(tmp_path, "bundle", "list-heads", "b")
    assert not list((executor.data_dir / "work").rglob("b.txt")), "nothing stays behind"
