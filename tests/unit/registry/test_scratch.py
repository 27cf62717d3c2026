"""Folders of builds: each has its own, and none outlives its build for long."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from registry.making.scratch import scratch, scratch_in
from ygg.errors import YggError

HOLD = """
import sys
from pathlib import Path
from registry.cli.build import tidy_when_stopped
from registry.making.scratch import scratch
with tidy_when_stopped(), scratch(Path(sys.argv[1])) as folder:
    (folder / "large").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def _folders(cache: Path) -> list[Path]:
    return sorted(one for one in scratch_in(cache).iterdir() if one.is_dir())


def test_it_goes_away(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "file").write_text("x")
    assert _folders(tmp_path) == []


def test_what_a_killed_build_left_goes_with_the_next(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as another:
        assert another.stdout
        theirs = Path(another.stdout.readline().strip())
        with scratch(tmp_path):
            assert (theirs / "large").exists()
        another.send_signal(signal.SIGKILL)
        another.wait()
    assert (theirs / "large").exists()
    with scratch(tmp_path) as ours:
        assert _folders(tmp_path) == [ours.parent]


def test_a_full_disk_is_told_by_its_place(tmp_path: Path) -> None:
    with (
        pytest.raises(YggError, match=f"no space is left for building in {scratch_in(tmp_path)}"),
        scratch(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"x")
    assert _folders(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_build_that_is_ended_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    argv = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as build:
        assert build.stdout
        build.stdout.readline()
        build.send_signal(number)
        assert build.wait(10) == 128 + number
    assert _folders(tmp_path) == []
