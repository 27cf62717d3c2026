"""What our own wheel holds beside code, and where nothing of it may lie."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from registry.making.source import own_folder
from registry.making.wheels import build_ours
from ygg.shipped import IN_A_WHEEL, shipped


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(build_ours(folder), cwd=own_folder(), check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        return content.namelist()


@pytest.mark.parametrize("folder", ["ansible", "containerfiles"])
def test_it_holds_all_of_what_ships(names: list[str], folder: str) -> None:
    tracked = ["git", "-C", str(own_folder()), "ls-files", "-z", folder]
    listed = subprocess.run(tracked, check=True, capture_output=True, text=True).stdout
    wanted = {f"{IN_A_WHEEL}/{name}" for name in listed.split("\0") if name}
    assert wanted
    assert wanted <= set(names)


def test_ansible_itself_is_not_hidden_by_ours(names: list[str]) -> None:
    assert not [name for name in names if name.startswith("ansible/")]


def test_a_clone_has_it_beside_its_packages() -> None:
    assert shipped("ansible") == Path(own_folder()) / "ansible"
    assert sys.prefix not in str(shipped("containerfiles"))
