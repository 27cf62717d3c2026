"""`ygg registry`, as a person types it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_registry import Served


@pytest.fixture(scope="module")
def ygg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ygg]:
    found = Ygg(tmp_path_factory.mktemp("ygg"))
    yield found
    found("registry", "down")


class Ygg:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = Served(folder).address
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("YGG_")},
            "YGG_DATA_DIR": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }

    def __call__(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "ygg.cli", *words],
            env=self.environment | more,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def test_from_nothing_to_a_registry_that_answers(ygg: Ygg) -> None:
    refused = ygg("registry", "up", "--detach")
    assert refused.returncode == 2
    assert "ygg registry init" in refused.stderr
    assert ygg("registry", "init", "--address", "fenrir").returncode == 2
    made = ygg("registry", "init", "--address", ygg.address)
    assert made.returncode == 0, made.stderr
    assert "next: ygg registry up" in made.stderr
    assert ygg("registry", "up", "--detach").returncode == 0
    status = ygg("registry", "status", "--json")
    assert status.returncode == 0, status.stdout
    told = json.loads(status.stdout)
    assert (told["address"], told["trouble"], told["takes_in"]) == (ygg.address, "", True)
    assert told["certificate"]["days_left"] > 300


def test_garbage_of_an_empty_registry_is_none(ygg: Ygg) -> None:
    collected = ygg("registry", "gc", "--json")
    assert collected.returncode == 0, collected.stderr
    assert json.loads(collected.stdout)["blobs"] == 0


def test_trust_is_written_once_and_told(ygg: Ygg) -> None:
    folder = ygg.folder / "containers"
    first = ygg("registry", "trust", "--folder", str(folder))
    assert first.stderr.count("ygg: wrote") == 4
    again = ygg("registry", "trust", "--folder", str(folder))
    assert "ygg: wrote" not in again.stderr
    policy = json.loads((folder / "policy.json").read_text())
    assert ygg.address in policy["transports"]["docker"]


def test_a_rule_that_would_weaken_ours_is_taken_away_and_told(ygg: Ygg) -> None:
    folder = ygg.folder / "weak"
    folder.mkdir()
    scope = f"{ygg.address}/ygg-flower"
    rules = {"docker": {scope: [{"type": "insecureAcceptAnything"}]}}
    (folder / "policy.json").write_text(json.dumps({"default": [], "transports": rules}))
    told = ygg("registry", "trust", "--folder", str(folder))
    assert f"rule for images of '{scope}' is taken away" in told.stderr
    assert scope not in (folder / "policy.json").read_text()


def test_a_policy_that_is_no_text_is_not_overwritten(ygg: Ygg) -> None:
    folder = ygg.folder / "odd"
    folder.mkdir()
    (folder / "policy.json").write_bytes(b"\xff")
    told = ygg("registry", "trust", "--folder", str(folder))
    assert told.returncode == 2
    assert "it is no text" in told.stderr
    assert (folder / "policy.json").read_bytes() == b"\xff"


def test_what_is_wrong_comes_with_the_next_step(ygg: Ygg) -> None:
    password = ygg.folder / "data/registry/password"
    right = password.read_text()
    password.write_text("another\n")
    wrong = ygg("registry", "status")
    password.write_text(right)
    assert wrong.returncode == 1
    assert "copy `password`" in " ".join(wrong.stdout.split())
    assert "init --new-password" in wrong.stdout
    assert ygg("registry", "down").returncode == 0
    away = ygg("registry", "status")
    assert away.returncode == 1
    assert "next: ygg registry up" in " ".join(away.stdout.split())


def test_another_machine_that_cannot_see_the_certificate_does_not_deny_it(ygg: Ygg) -> None:
    """The registry was stopped before."""
    home = ygg.folder / "away"
    home.mkdir()
    for name in ("ca.pem", "password"):
        shutil.copy(ygg.folder / "data/registry" / name, home)
    away = ygg(
        "registry", "status", YGG_DATA_DIR=str(ygg.folder / "else"), YGG_REGISTRY__HOME=str(home)
    )
    assert "cannot be seen now" in away.stdout
    assert "without TLS" not in away.stdout
