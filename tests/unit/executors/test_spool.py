from __future__ import annotations

from pathlib import Path

import pytest

from executors.spool import Record, Spool, outcomes_in

RECORD = Record([("t1", 1, "fenrir/1"), ("t2", 3, "fenrir/1")], b'[{"a": "\\n"}]\n', [])


def test_what_is_written_is_read_by_the_next_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    name = spool.next_name(2)
    spool.write(name, RECORD)
    other = Spool(tmp_path, "later")
    assert other.names() == [name]
    assert other.read(name) == RECORD
    assert outcomes_in(name) == 2
    assert " " not in name


def test_names_are_never_repeated(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    assert len({spool.next_name(1) for _ in range(100)}) == 100


def test_blobs_go_with_the_file_that_needs_them(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    needed = spool.blobs("t1.1").write(b"needed")
    spool.blobs("t9.1").write(b"of an attempt that never ended")
    name = spool.next_name(1)
    spool.write(name, Record([("t1", 1, "fenrir/1")], b"[]", [(needed, "t1.1")]))
    spool.clear_unfinished()
    assert spool.blobs("t1.1").read(needed) == b"needed"
    assert not (tmp_path / "blobs" / "t9.1").exists()
    spool.remove(name)
    assert not (tmp_path / "blobs" / "t1.1").exists()
    assert spool.names() == []
    assert spool.read(name) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n[]", b'{"ended": [[1]], "blobs": []}\n'])
def test_a_torn_file_is_told_from_a_missing_one(tmp_path: Path, content: bytes) -> None:
    spool = Spool(tmp_path, "boot")
    (tmp_path / "x-1-1-1.json").write_bytes(content)
    with pytest.raises(ValueError, match="not a spool file"):
        spool.read("x-1-1-1")
    spool.clear_unfinished()
    spool.set_aside("x-1-1-1")
    assert spool.names() == []


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    (tmp_path / ".gone").mkdir()
    with pytest.raises(OSError, match="directory"):
        spool.write("gone", RECORD)
    assert spool.names() == []
