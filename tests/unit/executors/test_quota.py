from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from executors import quota
from executors.processes import children
from executors.quota import Measure, Quota, own_memory, resident_memory
from ygg.machine_settings import ExecutorSettings


def test_what_lies_on_the_disk_is_measured_not_what_a_file_claims(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "real").write_bytes(os.urandom(300_000))
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(50 * 1024**3)
    (tmp_path / "loop").symlink_to(tmp_path)
    used = Measure(tmp_path)
    assert used.go_on(60)
    assert used.files == 5
    assert 300_000 <= used.size_bytes < 1_000_000


def test_measuring_goes_on_where_it_was(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "file").touch()
    used = Measure(tmp_path)
    steps = 1
    while not used.go_on(0):
        steps += 1
    assert used.files == 100
    assert steps > 10


def test_a_quota_says_in_what_way_it_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(quota, "LOOK_SHARE", 0)
    settings = ExecutorSettings(workspace_bytes=1024**2, workspace_files=100)
    one = Quota(tmp_path, settings, 1)
    assert one.broken([]) is None
    assert "1 bytes of memory" in (one.broken([os.getpid()]) or "")
    (tmp_path / "large").write_bytes(os.urandom(2 * 1024**2))
    assert one.broken([]) == "its workspace takes more than 1048576 bytes"
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert one.broken_at_end() == "its workspace has more than 100 files"


def test_the_memory_of_a_process_is_its_own() -> None:
    code = "import sys; kept = bytearray(64 * 1024 ** 2); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for memory in (own_memory, resident_memory):
            assert 60 * 1024**2 < memory(process.pid) < 200 * 1024**2
        process.kill()
    assert own_memory(process.pid) == resident_memory(process.pid) == 0


def test_memory_that_is_shared_is_memory_too() -> None:
    code = (
        "import mmap, os, sys; kept = mmap.mmap(-1, 64 * 1024 ** 2); os.fork();"
        "kept.write(bytes(len(kept))); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        both = [process.pid, *children(process.pid)]
        assert sum(map(resident_memory, both)) > 120 * 1024**2
        assert 60 * 1024**2 < sum(map(own_memory, both)) < 110 * 1024**2
        process.kill()
