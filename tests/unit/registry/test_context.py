"""What lies in the folder that podman builds of."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from registry.making.context import Parts, laid_out
from registry.making.scratch import scratch_in


def _files(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _recipes(folder: Path) -> Path:
    recipes = folder / "containerfiles"
    recipes.mkdir()
    (recipes / "executor.containerfile").write_text("ARG BASE\n")
    (recipes / "__pycache__").mkdir()
    (recipes / "__pycache__" / "answers.pyc").write_text("")
    return recipes


def test_it_is_just_what_was_asked_for_and_goes_away(tmp_path: Path) -> None:
    wheels, packages = tmp_path / "wheels", tmp_path / "packages"
    for folder, names in ((wheels, ("a.whl", "notes.txt")), (packages, ("git.deb", "lock"))):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    ours = tmp_path / "ours.whl"
    with zipfile.ZipFile(ours, "w") as archive:
        archive.writestr("ygg/__init__.py", "")
    installer = tmp_path / "installer.whl"
    with zipfile.ZipFile(installer, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", "uv")
        archive.writestr("uv-1.data/scripts/uvx", "uvx")
    parts = Parts(
        recipes=_recipes(tmp_path),
        pins="a==1\n",
        wheels=wheels,
        packages=packages,
        ours=ours,
        code_recipe="FROM x\n",
        installer=installer,
    )
    with laid_out(parts, tmp_path / "cache") as context:
        assert _files(context) == {
            "executor.containerfile": "ARG BASE\n",
            "requirements.txt": "a==1\n",
            "wheels/a.whl": "a.whl",
            "packages/git.deb": "git.deb",
            "ours/ygg/__init__.py": "",
            "code.containerfile": "FROM x\n",
            "uv": "uv",
        }
        assert os.access(context / "uv", os.X_OK)
    assert not [one for one in scratch_in(tmp_path / "cache").iterdir() if one.is_dir()]


def test_a_recipe_of_our_code_may_do_with_the_wheel_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "ours.whl").write_text("ours")
    parts = Parts(_recipes(tmp_path), wheels=tmp_path, code_recipe="FROM x\n")
    with laid_out(parts, tmp_path / "cache") as context:
        found = _files(context)
    assert (found["wheels/ours.whl"], found["code.containerfile"]) == ("ours", "FROM x\n")


def test_what_was_not_asked_for_is_not_there(tmp_path: Path) -> None:
    with laid_out(Parts(_recipes(tmp_path)), tmp_path / "cache") as context:
        assert sorted(_files(context)) == ["executor.containerfile", "requirements.txt"]
