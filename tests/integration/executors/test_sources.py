"""A task's files from a repository over SSH: what is fetched, what is kept, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import JsonValue

from executors.handler import Context, handler
from executors.sources import RepositorySettings, Source, check_out
from tests.attempts import Runner
from tests.gitserver import GitServer


class Look(Source):
    git: tuple[str, ...] = ()


@handler("dev-look")
def look(params: Look, context: Context, settings: RepositorySettings) -> JsonValue:
    found = check_out(params, context, settings)
    said = ""
    if params.git:
        said = context.run(["git", *params.git], cwd=found.folder, env=found.env).stdout
    files = sorted(
        str(path.relative_to(found.root))
        for path in found.root.rglob("*")
        if path.is_file() or path.is_symlink()
    )
    return {
        "folder": str(found.folder.relative_to(found.root)),
        "commit": found.commit,
        "mirror": str(found.mirror),
        "files": {name: _text(found.root / name) for name in files if name != ".git"},
        "git": said,
    }


def _text(path: Path) -> str:
    return f"-> {path.readlink()}" if path.is_symlink() else path.read_text(errors="replace")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def settings_for(server: GitServer, **more: object) -> RepositorySettings:
    return RepositorySettings.model_validate(server.settings | more)


def test_the_default_branch_is_laid_out(git_server: GitServer, runner: Runner) -> None:
    repository = git_server.repository("site")
    head = repository.commit({"a.txt": "one", "sub/b.txt": "two"})
    params: dict[str, JsonValue] = {"repo": git_server.url(repository), "path": "sub"}
    found = runner.run(look, params, settings_for(git_server)).result
    assert found["commit"] == head
    assert found["files"] == {"a.txt": "one", "sub/b.txt": "two"}
    assert found["folder"] == "sub"
