"""Images of this project, built for real on the offline base, in a storage of their own.

What is fetched for it is fetched once and kept in the user's cache folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.making.source import own_folder
from tests import podman
from tests.services import ServiceMissing

CONFINING = (
    *("--cap-drop=all", "--security-opt=no-new-privileges"),
    "--security-opt=unmask=/proc/*",
)
"""As docs/images.md has an executor run, whose sandbox mounts a /proc of its own."""


@contextmanager
def place_for_images() -> Iterator[None]:
    """Podman's storage for all that is started meanwhile, with the offline base in it."""
    if shutil.which("mmdebstrap") is None:
        raise ServiceMissing("mmdebstrap is not installed: run sudo scripts/debian")
    with podman.storage("overlay") as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        run(str(own_folder() / "scripts" / "build-base.sh"))
        yield


def clone_into(folder: Path) -> Path:
    """Nobody works in it while images are built of it."""
    run("git", "clone", "--quiet", str(own_folder()), str(folder))
    return folder


def build(
    clone: Path, version: str, *families: str, no_cache: bool = False
) -> list[dict[str, object]]:
    words = ["images", "build", *families, "--version", version, "--source", str(clone), "--json"]
    if no_cache:
        words.append("--no-cache")
    made = json.loads(run(sys.executable, "-P", "-m", "ygg.cli", *words))
    assert len(made) == len(families)
    return list(made)


def run(*argv: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
