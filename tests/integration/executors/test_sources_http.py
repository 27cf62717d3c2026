"""Repositories over HTTP: credentials come from a file, stay in it, and go nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pydantic import JsonValue

from executors.sources import RepositorySettings
from tests.attempts import Runner
from tests.conftest import unavailable
from tests.githttp import PASSWORD, USER, GitHttp
from tests.gitserver import Repository, find_git
from tests.integration.executors.test_sources import look
from tests.services import ServiceMissing


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttp]:
    folder = tmp_path / "git"
    folder.mkdir()
    try:
        find_git()
        found = GitHttp(folder)
    except ServiceMissing as error:
        unavailable(error)
    Repository(folder, "site").commit({"a.txt": "one"})
    yield found
    found.close()


def credentials(tmp_path: Path, server: GitHttp, password: str) -> Path:
    file = tmp_path / "credentials"
    host = server.url.removeprefix("http://")
    file.write_text(f"http://{USER}:{quote(password)}@{host}\n")
    return file


def test_credentials_from_a_file(server: GitHttp, runner: Runner, tmp_path: Path) -> None:
    file = credentials(tmp_path, server, PASSWORD)
    settings = RepositorySettings(credentials_file=file)
    params: dict[str, JsonValue] = {"repo": f"{server.url}/site.git"}
    ended = runner.run(look, params, settings)
    assert ended.result["files"] == {"a.txt": "one"}
    assert not [line for line in server.asked if PASSWORD in line]
    kept = b"".join(path.read_bytes() for path in runner.cache.rglob("*") if path.is_file())
    assert PASSWORD.encode() not in kept


def test_no_credentials(server: GitHttp, runner: Runner) -> None:
    params: dict[str, JsonValue] = {"repo": f"{server.url}/site.git"}
    ended = runner.run(look, params, RepositorySettings())
    assert ended.outcome.reason.endswith("access refused")
    assert "credentials_file" in ended.outcome.hint


def test_credentials_that_are_refused_stay_in_their_file(
    server: GitHttp, runner: Runner, tmp_path: Path
) -> None:
    file = credentials(tmp_path, server, "wrong")
    before = file.read_bytes()
    params: dict[str, JsonValue] = {"repo": f"{server.url}/site.git"}
    ended = runner.run(look, params, RepositorySettings(credentials_file=file))
    assert ended.outcome.reason.endswith("access refused")
    assert "wrong" not in ended.log + ended.outcome.reason
    assert file.read_bytes() == before


def test_a_repository_that_is_not_there(server: GitHttp, runner: Runner, tmp_path: Path) -> None:
    settings = RepositorySettings(credentials_file=credentials(tmp_path, server, PASSWORD))
    params: dict[str, JsonValue] = {"repo": f"{server.url}/no.git"}
    ended = runner.run(look, params, settings)
    assert "there is no such repository" in ended.outcome.reason


def test_a_redirect_does_not_lead_out_of_what_is_allowed(
    server: GitHttp, runner: Runner, tmp_path: Path
) -> None:
    server.moved = server.url
    file = credentials(tmp_path, server, PASSWORD)
    params: dict[str, JsonValue] = {"repo": f"{server.url}/old/site.git"}
    assert runner.run(look, params, RepositorySettings(credentials_file=file)).ok
    settings = RepositorySettings(credentials_file=file, allow=(f"{server.url}/old/",))
    ended = runner.run(look, params, settings)
    assert not ended.ok
    assert "302" in ended.outcome.reason
