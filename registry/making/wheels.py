"""Wheels: those that lock files pin, fetched once and kept, and our own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from registry.making.context import INSTALLER
from registry.making.pins import PYTHON, WheelPlatform, hashes_of, merged
from registry.making.scratch import scratch
from registry.making.source import Source
from ygg.errors import MissingExtra, Unreachable, YggError

_NO_SPACE = "No space left on device"
_FETCHES = "python -m pip download --require-hashes --requirement requirements/base.txt"
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
    """The folder with the wheels; no network is needed where they are there, and as pinned."""
    folder = kept_in(cache, pins, platform)
    if not is_whole(folder, pins):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch(cache) as beside:
            file, part = beside / "requirements.txt", beside / "wheels"
            file.write_text(pins)
            part.mkdir()
            what = "cannot fetch the wheels that the lock files pin"
            _run(download(file, part, platform), what, _FETCHES)
            if not is_whole(folder, pins):
                _replace(folder, part, beside / "damaged")
    return folder


def is_whole(folder: Path, pins: str) -> bool:
    """One wheel a pin, each with one of its hashes, and no other."""
    wanted = hashes_of(pins)
    found = sorted(folder.glob("*.whl"))
    there = {_hash(wheel) for wheel in found}
    return len(found) == len(wanted) and all(there & hashes for hashes in wanted)


def _replace(folder: Path, part: Path, aside: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
    part.rename(folder)


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"


def installer(source: Source, cache: Path, platform: WheelPlatform) -> Path:
    """The wheel that it is in."""
    (wheel,) = fetch(merged([source.lock(INSTALLER)], platform), cache, platform).glob("*.whl")
    return wheel


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
    hint = f"{sys.executable} -m hatchling build --target wheel --directory {tempfile.gettempdir()}"
    _run(build_ours(folder), what, hint, cwd=source.folder, told=told)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _run(
    argv: list[str],
    what: str,
    says_more: str,
    cwd: Path | None = None,
    told: Mapping[str, str] | None = None,
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
    if any(_NO_SPACE in line for line in lines):
        places = f"{tempfile.gettempdir()} or where {cwd or argv[-1]} lies"
        raise YggError(f"{what}: no space is left in {places}", hint="df -h says which is full")
    shown = lines[-1:] if any("Traceback" in line for line in lines) else lines[-6:]
    said = "\n".join(shown) or f"it ended with {done.returncode} and said nothing"
    raise YggError(f"{what}: {said}", hint=f"in the clone this says more: {says_more}")
