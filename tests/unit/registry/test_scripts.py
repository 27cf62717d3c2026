"""Scripts around the registry and machines say how they are called, and begin nothing otherwise."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from registry.making.source import own_folder

SCRIPTS = ["build-and-push.sh", "build-base.sh", "deploy-executors.sh", "deploy-registry.sh"]


def _run(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script, *words], capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_is_a_result_and_a_mistake_is_told(name: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(own_folder() / "scripts" / name)
    told = _run(link, "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert f"scripts/{name}" in told.stdout
    wrong = _run(link, "--nonsense")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == told.stdout
