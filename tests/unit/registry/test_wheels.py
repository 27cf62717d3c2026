"""How wheels are fetched, by the whole command line, and when they need not be."""

from __future__ import annotations

import sys
from pathlib import Path

from registry.making import wheels
from registry.making.pins import WheelPlatform

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
    first.mkdir(parents=True)
    assert wheels.fetch("a==1\n", tmp_path, HERE) == first
