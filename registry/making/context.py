"""What podman is given to build of: a folder with just what a containerfile asks for.

recipes …           containerfiles/, flat
requirements.txt    the pins of the family, and wheels/ with them
packages/           Debian's packages, where the offline base brought them
ours/               our own wheel, unpacked, and code.containerfile, which installs it
uv                  what installs wheels
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.making.scratch import scratch

CODE_RECIPE = "code.containerfile"
INSTALLER = "uv"
"""The program that installs wheels; its lock file has its name."""


@dataclass(frozen=True)
class Parts:
    recipes: Path
    pins: str = ""
    wheels: Path | None = None
    packages: Path | None = None
    ours: Path | None = None
    """Our own wheel."""
    code_recipe: str = ""
    """Of `code.containerfile`, where there is one to be."""
    installer: Path | None = None
    """The wheel that the program is in."""


@contextmanager
def laid_out(parts: Parts, cache: Path) -> Iterator[Path]:
    """Beside what it is made of, so that nothing large is copied."""
    with scratch(cache) as folder:
        folder.chmod(0o755)
        for recipe in sorted(parts.recipes.iterdir()):
            if recipe.is_file():
                shutil.copyfile(recipe, folder / recipe.name)
        (folder / "requirements.txt").write_text(parts.pins)
        _take(parts.wheels, folder / "wheels", "*.whl")
        _take(parts.packages, folder / "packages", "*.deb")
        if parts.ours:
            with zipfile.ZipFile(parts.ours) as wheel:
                wheel.extractall(folder / "ours")
        if parts.code_recipe:
            (folder / CODE_RECIPE).write_text(parts.code_recipe)
        if parts.installer:
            _unpack(parts.installer, folder / INSTALLER)
        yield folder


def _take(source: Path | None, target: Path, pattern: str) -> None:
    for file in sorted(source.glob(pattern)) if source else ():
        _place(file, target / file.name)


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        (name,) = (one for one in content.namelist() if one.endswith(f"/scripts/{INSTALLER}"))
        with content.open(name) as packed, target.open("wb") as program:
            shutil.copyfileobj(packed, program)
    target.chmod(0o755)


def _place(file: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(file, target)
    except OSError:  # another disk
        shutil.copy2(file, target)
