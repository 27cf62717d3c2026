"""Wheels: those that lock files pin, fetched once and kept, and our own."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from registry.making.pins import PYTHON, WheelPlatform
from registry.making.source import Source
from ygg.errors import MissingExtra, Unreachable, YggError

INSTALLER = "uv"
"""The program that installs wheels; its lock file has its name."""
_NO_INDEX = ("NewConnectionError", "name resolution", "from versions: none")


def kept_in(cache: Path, pins: str, platform: WheelPlatform) -> Path:
    """A folder whose name changes with what is in it."""
    made_of = f"{pins}\n{PYTHON}\n{' '.join(platform.tags)}"
    return cache / "wheels" / hashlib.sha256(made_of.encode()).hexdigest()[:16]


def download(pins: Path, folder: Path, platform: WheelPlatform) -> list[str]:
    """Pins hold all there is to know: nothing is resolved, and nothing is built."""
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    words += ["--require-hashes", "--no-deps", "--only-binary=:all:"]
    words += ["--implementation", "cp", "--python-version", PYTHON]
    words += [word for tag in platform.tags for word in ("--platform", tag)]
    return [*words, "--dest", str(folder), "--requirement", str(pins)]


def fetch(pins: str, cache: Path, platform: WheelPlatform) -> Path:
    """The folder with the wheels; no network is needed where it is there already."""
    folder = kept_in(cache, pins, platform)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=folder.parent) as scratch:
        file, part = Path(scratch, "requirements.txt"), Path(scratch, "wheels")
        file.write_text(pins)
        part.mkdir()
        _run(download(file, part, platform), "cannot fetch the wheels that the lock files pin")
        if not folder.is_dir():
            part.rename(folder)
    return folder


def installer(source: Source, cache: Path, platform: WheelPlatform) -> Path:
    """Its program, taken out of its wheel."""
    from registry.making.pins import merged

    folder = fetch(merged([source.lock(INSTALLER)], platform), cache, platform)
    program = folder / INSTALLER
    if not program.exists():
        (wheel,) = folder.glob("*.whl")
        with (
            zipfile.ZipFile(wheel) as content,
            tempfile.NamedTemporaryFile(dir=folder, delete=False) as target,
        ):
            (name,) = (one for one in content.namelist() if one.endswith(f"/scripts/{INSTALLER}"))
            with content.open(name) as packed:
                shutil.copyfileobj(packed, target)
        made = Path(target.name)
        made.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
        made.replace(program)
    return program


def build_ours(folder: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]


def ours(source: Source, folder: Path) -> Path:
    told = {"SOURCE_DATE_EPOCH": str(source.at)}
    what = "cannot build our own wheel"
    _run(build_ours(folder), what, cwd=source.folder, told=told)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _run(
    argv: list[str], what: str, cwd: Path | None = None, told: Mapping[str, str] | None = None
) -> None:
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **(told or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    lines = done.stderr.strip().splitlines() or done.stdout.strip().splitlines()
    if any("No module named" in line for line in lines[-1:]):
        raise MissingExtra(f"{what}: {lines[-1]}", hint="scripts/install in the clone brings it")
    if any(word in line for line in lines for word in _NO_INDEX):
        raise Unreachable(
            f"{what}: the package index does not answer, or has none for this machine:"
            f" {lines[0].removeprefix('ERROR: ')}",
            hint="run it once with a network: what was fetched is kept, and needs none again",
        )
    raise YggError(f"{what}:\n" + "\n".join(lines[-6:]))
