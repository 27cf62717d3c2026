"""`ygg apply`, typed against a real coordinator; a played executor has made the results."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import unavailable
from tests.gitserver import Repository, find_git, git
from tests.integration.coordinator.house import House
from tests.services import ServiceMissing, wait_until
from ygg.task import BlobRef, NamedBlob

YGG = (sys.executable, "-P", "-m", "ygg.cli")
OLD, NEW = "total = 0\nfor n in numbers:\n    total += n\n", "total = sum(numbers)\n"
CHECK = {"name": "tests", "passed": True, "says": "4 passed"}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def change(path: str, before: str | None, after: str | None, **more: Any) -> dict[str, Any]:
    return {
        "path": path,
        "before": None if before is None else digest(before.encode()),
        "after": None if after is None else digest(after.encode()),
        "content": after,
    } | more


def kept(path: str, content: bytes) -> NamedBlob:
    blob = BlobRef(
        sha256=digest(content),
        size_bytes=len(content),
        inline_base64=base64.b64encode(content).decode(),
    )
    return NamedBlob(path=path, blob=blob)


def made(
    house: House,
    *changes: dict[str, Any],
    label: str = "dev-free",
    verdict: str = "verified",
    artifacts: tuple[NamedBlob, ...] = (),
    **more: Any,
) -> str:
    """A task that ended with such a result."""
    result = {"verdict": verdict, "reason": "as told", "checks": [CHECK], "changes": list(changes)}
    told = {"result": result | more, "verdict": verdict, "artifacts": artifacts}
    return house.run({"label": label}, **told)


def environment(house: House) -> dict[str, str]:
    return {**os.environ, "YGG_URL": house.client.target.url, "YGG_TOKEN": house.admin}


def ygg(house: House, folder: Path, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*YGG, *words),
        env=environment(house),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **({"stdin": subprocess.DEVNULL} | more),
    )


def test_a_verified_result_is_put_in_place_and_twice_is_as_once(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(OLD)
    task = made(house, change("slow.py", OLD, NEW), change("test_slow.py", None, "x = 1\n"))
    done = ygg(house, tmp_path, "apply", task)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "applied slow.py (+1 -3)\napplied test_slow.py (+1 -0)\n"
    assert (tmp_path / "slow.py").read_text() == NEW
    assert (tmp_path / "test_slow.py").read_text() == "x = 1\n"
    again = ygg(house, tmp_path, "apply", task)
    assert (again.returncode, again.stdout) == (0, f"task {task} is applied already\n")


def test_a_dry_run_says_what_it_would_do_and_json_says_all(house: House, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "slow.py").write_text(OLD)
    task = made(house, change("slow.py", OLD, NEW))
    done = ygg(house, tmp_path, "apply", task, "--dir", "in", "--dry-run")
    assert done.stdout == "would apply slow.py (+1 -3)\n"
    assert (tmp_path / "in" / "slow.py").read_text() == OLD
    done = ygg(house, tmp_path, "apply", task, "--dir", "in", "--json")
    file = {"path": "slow.py", "already": False, "added": 1, "removed": 3}
    assert json.loads(done.stdout) == {"task": task, "dry_run": False, "files": [file]}
    assert (tmp_path / "in" / "slow.py").read_text() == NEW


def test_a_large_file_comes_from_its_artifact(house: House, tmp_path: Path) -> None:
    large = "x = 1\n" * 3000
    task = made(
        house,
        change("a b/größe.py", None, large, content=None),
        artifacts=(kept("result/a b/größe.py", large.encode()),),
    )
    assert ygg(house, tmp_path, "apply", task).returncode == 0
    assert (tmp_path / "a b" / "größe.py").read_text() == large


def test_content_that_is_not_what_was_checked_is_not_written(house: House, tmp_path: Path) -> None:
    artifacts = (kept("result/b.py", b"something else"),)
    for content in ("something else", None):
        wrong = change("b.py", None, "right", content=content)
        task = made(house, change("a.py", None, "x"), wrong, artifacts=artifacts)
        done = ygg(house, tmp_path, "apply", task)
        assert done.returncode == 1
        assert "not what was checked" in done.stderr
        assert list(tmp_path.iterdir()) == []


def test_a_file_that_changed_since_keeps_everything_as_it_is(house: House, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(OLD + "# mine\n")
    task = made(house, change("new.py", None, "x"), change("slow.py", OLD, NEW))
    done = ygg(house, tmp_path, "apply", task)
    assert done.returncode == 2
    assert "nothing was written: slow.py has changed since" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["slow.py"]


def test_what_is_not_verified_needs_a_yes(house: House, tmp_path: Path) -> None:
    task = made(house, change("a.py", None, "x"), verdict="unverified")
    done = ygg(house, tmp_path, "apply", task)
    assert done.returncode == 2
    assert f"ygg apply {task} --yes" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert ygg(house, tmp_path, "apply", task, "--yes").returncode == 0
    assert (tmp_path / "a.py").read_text() == "x"


@pytest.mark.parametrize(("answer", "code", "there"), [("y\n", 0, True), ("n\n", 1, False)])
def test_on_a_terminal_it_asks(
    house: House, tmp_path: Path, answer: str, code: int, there: bool
) -> None:
    task = made(house, change("a.py", None, "x"), verdict="unverified")
    typed, under = os.openpty()
    try:
        os.write(typed, answer.encode())
        done = ygg(house, tmp_path, "apply", task, stdin=under)
    finally:
        os.close(typed)
        os.close(under)
    assert done.returncode == code
    assert "is not verified: as told" in done.stderr
    assert (tmp_path / "a.py").exists() is there


def test_what_is_refuted_is_never_applied(house: House, tmp_path: Path) -> None:
    task = made(house, change("a.py", None, "x"), verdict="refuted")
    done = ygg(house, tmp_path, "apply", task, "--yes")
    assert done.returncode == 2
    assert "is refuted" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_review_comes_first(house: House, tmp_path: Path) -> None:
    task = made(house, change("a.py", None, "x"), label="code-edit")
    done = ygg(house, tmp_path, "apply", task, "--yes")
    assert done.returncode == 2
    assert f"ygg approve {task}" in done.stderr
    assert ygg(house, tmp_path, "apply", task, "--dry-run").returncode == 0
    assert list(tmp_path.iterdir()) == []
    house.client.approve(task)
    assert ygg(house, tmp_path, "apply", task).returncode == 0
    assert (tmp_path / "a.py").exists()


def test_a_rejected_result_is_not_applied(house: House, tmp_path: Path) -> None:
    task = made(house, change("a.py", None, "x"), label="code-edit")
    house.client.reject(task, note="no")
    done = ygg(house, tmp_path, "apply", task, "--yes")
    assert done.returncode == 2
    assert "rejected" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_has_nothing_to_apply_says_what_to_type(house: House, tmp_path: Path) -> None:
    running = house.client.submit({"label": "dev-free"})["task"]["id"]
    for task, told in (
        (running, f"ygg wait {running}"),
        (house.run({"label": "dev-free"}, result={"exit_code": 0}), "nothing to apply"),
        (house.run({"label": "dev-free"}, ending="error", reason="no"), "failed: it has nothing"),
        (made(house), "changes no files"),
        (made(house, change("../up", None, "x")), "no file that a result may change"),
    ):
        done = ygg(house, tmp_path, "apply", task)
        assert done.returncode in (1, 2)
        assert told in done.stderr
        assert "hint:" in done.stderr
    assert ygg(house, tmp_path, "apply", "0" * 12).returncode == 3


def test_a_result_in_a_repository_becomes_a_branch_of_the_clone(
    house: House, tmp_path: Path
) -> None:
    try:
        find_git()
    except ServiceMissing as error:
        unavailable(error)
    origin = Repository(tmp_path, "origin")
    base = origin.commit({"slow.py": OLD})
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(origin.bare), str(clone))
    name = "ygg/1qf6dn9s6qjd"
    origin.branch(name)
    (origin.work / "slow.py").write_text(NEW)
    origin.git("commit", "--quiet", "--all", "-m", "Make it quick")
    origin.git("bundle", "create", "--quiet", str(tmp_path / "b"), f"{base}..{name}")
    branch = {"name": name, "commit": origin.head(), "base": base, "pushed": False}
    task = made(
        house,
        change("slow.py", OLD, NEW),
        branch=branch,
        artifacts=(kept("change.bundle", (tmp_path / "b").read_bytes()),),
    )
    dry = ygg(house, clone, "apply", task, "--dry-run")
    assert f"would make the branch {name}" in dry.stdout
    assert git(clone, "branch", "--list", name) == ""
    done = ygg(house, clone, "apply", task)
    assert (done.returncode, done.stdout) == (
        0,
        f"branch {name} made: {origin.head()[:12]}, upon {base[:12]}\n",
    )
    assert f"git merge {name}" in done.stderr
    assert git(clone, "rev-parse", name).strip() == origin.head()
    assert (clone / "slow.py").read_text() == OLD
    again = json.loads(ygg(house, clone, "apply", task, "--json").stdout)
    assert again["branch"] == {"already": True} | {key: branch[key] for key in list(branch)[:3]}


def test_waiting_ends_with_the_verdict_and_the_next_step(house: House, tmp_path: Path) -> None:
    before = {task["id"] for task in house.client.tasks()["tasks"]}
    with subprocess.Popen(
        (*YGG, "submit", "--label", "dev-free", "--wait"),
        env=environment(house),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:

        def fresh() -> list[str]:
            return [
                task["id"] for task in house.client.tasks()["tasks"] if task["id"] not in before
            ]

        wait_until(lambda: bool(fresh()), "the task")
        [task] = fresh()
        house.wait_dispatched(task)
        result = {"verdict": "verified", "reason": "1 checks passed", "checks": [CHECK]}
        result |= {"changes": [change("a.py", None, "x")], "diff": "+x\n"}
        house.hand.finish(task, result=result, verdict="verified")
        out, talk = waiting.communicate(timeout=30)
    assert waiting.returncode == 0
    assert out.startswith("verified: 1 checks passed\n")
    assert "tests  passed  4 passed\n" in out
    assert "\nDIFF\n+x\n" in out
    assert talk.endswith(f"ygg: task {task} succeeded\nygg: next: ygg apply {task}\n")
