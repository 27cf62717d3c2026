"""scripts/build-base.sh, of packages that were fetched before: the same base each time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.making.bases import OFFLINE, PACKAGES
from registry.making.source import own_folder
from tests import podman as own_podman
from tests.conftest import unavailable
from tests.services import ServiceMissing
from ygg.adapters import podman_run

SCRIPT = str(own_folder() / "scripts" / "build-base.sh")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(run("--print").stdout.splitlines()[1])


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with contextlib.ExitStack() as opened:
        try:
            variables = opened.enter_context(own_podman.storage())
        except ServiceMissing as error:
            unavailable(error)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield


def run(*words: str, script: str = SCRIPT, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *words], capture_output=True, text=True, check=False, env=os.environ | more
    )


@pytest.mark.usefixtures("storage")
def test_the_same_packages_are_the_same_image(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "base.tar").write_bytes(own_podman.root())
    made = run()
    assert (made.returncode, made.stdout.strip()) == (0, OFFLINE), made.stderr
    first = podman_run.local_image(OFFLINE)
    assert first.labels[PACKAGES] == folder.name
    again = run(PATH=_without("mmdebstrap", folder.parent))
    assert (again.returncode, again.stderr) == (0, "")
    podman_run.output(["podman", "rmi", OFFLINE], "remove")
    assert run().returncode == 0
    assert podman_run.local_image(OFFLINE).id == first.id


def _without(tool: str, place: Path) -> str:
    """A path to all programs but one."""
    programs = place / "programs"
    programs.mkdir()
    for folder in os.environ["PATH"].split(":"):
        for program in Path(folder).glob("*"):
            if program.name != tool and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    return str(programs)


def test_what_it_does_not_know_is_refused_and_makes_nothing(folder: Path) -> None:
    for words in (("--nonsense",), ("--again", "--print"), ("",)):
        told = run(*words)
        assert (told.returncode, told.stdout) == (2, "")
        assert "Usage: scripts/build-base.sh" in told.stderr
    told = run("--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "--again" in told.stdout
    assert not folder.parent.exists()


def test_it_is_found_by_a_link_and_without_a_home(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to(SCRIPT)
    assert run("--print", script=str(tmp_path / "link")).stdout.splitlines()[1] == str(folder)
    words = ["env", "--unset=HOME", "--unset=XDG_CACHE_HOME", SCRIPT, "--print"]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[1].endswith(f"/.cache/yggdrasil/base/{folder.name}")


def test_a_mirror_that_is_away_leaves_nothing_and_tells_the_next_step(folder: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        unavailable(ServiceMissing("mmdebstrap is not installed: run sudo scripts/debian"))
    told = run(BASE_MIRROR=f"file://{folder}/nowhere")
    assert told.returncode == 1
    assert "BASE_MIRROR=URL names another mirror" in told.stderr
    assert [file.name for file in folder.parent.iterdir()] == ["lock"]
