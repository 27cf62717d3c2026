from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from executors import quota
from executors.quota import Quota, measure, own_memory
from ygg.settings import ExecutorSettings


def test_what_lies_on_the_disk_is_measured_not_what_a_file_claims(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "real").write_bytes(os.urandom(300_000))
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(50 * 1024**3)
    (tmp_path / "loop").symlink_to(tmp_path)
    used = measure(tmp_path, 10**12, 10**6)
    assert used.files == 5
    assert 300_000 <= used.size_bytes < 1_000_000


def test_measuring_ends_at_the_bound(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / str(number)).touch()
    assert measure(tmp_path, 10**12, 100).files == 101


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
        assert 60 * 1024**2 < own_memory(process.pid) < 200 * 1024**2
        process.kill()
    assert own_memory(process.pid) == 0
