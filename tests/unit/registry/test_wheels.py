"""How wheels are fetched, by the whole command line, and when they need not be."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from registry.making import wheels
from registry.making.pins import WheelPlatform
from registry.making.source import Source
from ygg.errors import YggError

HERE = WheelPlatform("x86_64")


def test_nothing_is_resolved_or_built() -> None:
    told = wheels.download(Path("/pins.txt"), Path("/wheels"), HERE)
    platforms = [word for tag in HERE.tags for word in ("--platform", tag)]
    assert told == [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", "3.13"),
        *platforms,
        *("--dest", "/wheels", "--requirement", "/pins.txt"),
    ]


def test_what_was_fetched_is_kept_by_what_was_pinned(tmp_path: Path) -> None:
    first = wheels.kept_in(tmp_path, "a==1\n", HERE)
    assert wheels.kept_in(tmp_path, "a==1\n", HERE) == first
    assert wheels.kept_in(tmp_path, "a==2\n", HERE) != first
    assert wheels.kept_in(tmp_path, "a==1\n", WheelPlatform("aarch64")) != first


def test_wheels_are_taken_only_as_they_were_pinned(tmp_path: Path) -> None:
    pins = f"a==1 \\\n    {_hash('a')} \\\n    {_hash('other')}\nb==2 \\\n    {_hash('b')}\n"
    folder = wheels.kept_in(tmp_path, pins, HERE)
    assert not wheels.is_whole(folder, pins)
    folder.mkdir(parents=True)
    assert not wheels.is_whole(folder, pins)
    for name in "ab":
        (folder / f"{name}.whl").write_text(name)
    assert wheels.fetch(pins, tmp_path, HERE) == folder
    (folder / "c.whl").write_text("a")
    assert not wheels.is_whole(folder, pins)
    (folder / "c.whl").unlink()
    (folder / "b.whl").write_text("damaged")
    assert not wheels.is_whole(folder, pins)


def test_a_damaged_wheel_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = tmp_path / "index"
    index.mkdir()
    wheel = index / "a-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 1\n")
        archive.writestr("a-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    pins = f"a==1 \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    kept = wheels.fetch(pins, tmp_path / "cache", HERE) / wheel.name
    kept.write_bytes(b"")
    assert wheels.fetch(pins, tmp_path / "cache", HERE) == kept.parent
    assert kept.read_bytes() == wheel.read_bytes()


def test_a_project_that_cannot_be_built_says_why_and_what_says_more(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    source = Source(tmp_path, "0" * 40, 1_700_000_000, is_dirty=False, url="")
    with pytest.raises(YggError) as caught:
        wheels.ours(source, tmp_path / "made")
    assert "\n" not in caught.value.message
    assert "TOMLDecodeError" in caught.value.message
    assert caught.value.hint
    assert "-m hatchling build" in caught.value.hint


def _hash(text: str) -> str:
    return f"--hash=sha256:{hashlib.sha256(text.encode()).hexdigest()}"
