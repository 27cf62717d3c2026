"""`ygg images build` where it refuses, and what a shell may offer for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

YGG = (sys.executable, "-P", "-m", "ygg.cli")


def ygg(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
    argv = (*YGG, *words)
    return subprocess.run(argv, env=environment | more, capture_output=True, text=True, check=False)


def test_a_family_that_is_not_made_here_is_refused_with_the_nearest() -> None:
    done = ygg("images", "build", "excutor", "--version", "0.2.0")
    assert done.returncode == 2
    assert "no image 'excutor' is made here" in done.stderr
    assert "did you mean executor?" in done.stderr


def test_a_version_that_is_none_is_refused() -> None:
    done = ygg("images", "build", "executor", "--version", "v0.2")
    assert done.returncode == 2
    assert "'v0.2' is no version" in done.stderr


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    done = ygg("images", "build", "valkey", "--version", "0.2.0", "--source", str(tmp_path))
    assert done.returncode == 2
    assert "is no clone of Yggdrasil" in done.stderr
    assert "--source FOLDER" in done.stderr


def test_without_podman_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to("/usr/bin/git")
    done = ygg("images", "build", "valkey", "--version", "0.2.0", PATH=str(tmp_path))
    assert done.returncode == 2
    assert "podman is not installed here" in done.stderr
    assert "apt-get install podman" in done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"), [("co", ["code-agent", "coordinator"]), ("al", ["all"])]
)
def test_a_shell_offers_families(typed: str, offered: list[str]) -> None:
    told = {
        "_YGG_COMPLETE": "bash_complete",
        "COMP_WORDS": f"ygg images build {typed}",
        "COMP_CWORD": "3",
    }
    done = ygg(**told)
    found = sorted(line.partition(",")[2] for line in done.stdout.splitlines())
    assert found == offered


@pytest.mark.parametrize("words", [("list",), ("list", "--web")])
def test_without_a_registry_the_next_step_is_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = ygg("images", *words, YGG_DATA_DIR=str(tmp_path))
    assert (done.returncode, "ygg registry init" in done.stderr) == (2, True)
