from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from executors.record import Record, pack
from executors.spool import Spool, outcomes_in
from tests.limits import files_of_at_most

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
    spool.recover()
    assert spool.blobs("t1.1").read(needed) == b"needed"
    assert not (tmp_path / "blobs" / "t9.1").exists()
    spool.remove(name)
    assert not (tmp_path / "blobs" / "t1.1").exists()
    assert spool.names() == []
    assert spool.read(name) is None


def test_a_file_that_was_struck_off_is_written_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    long = Record(RECORD.ended, b"x" * 6000, [])
    spool.write("a-1-1-2", long)
    place = (tmp_path / "a-1-1-2.json").stat().st_ino
    spool.remove("a-1-1-2")
    spool.write("a-1-2-2", RECORD)
    assert (tmp_path / "a-1-2-2.json").stat().st_ino == place
    assert spool.read("a-1-2-2") == RECORD
    assert Spool(tmp_path, "later").names() == ["a-1-2-2"]


def test_spares_are_few_and_small(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    names = [spool.next_name(1) for _ in range(40)]
    for name in names:
        spool.write(name, RECORD)
    spool.write("large-1-1-1", Record([("t", 1, "x")], b"x" * (2 << 20), []))
    for name in [*names, "large-1-1-1"]:
        spool.remove(name)
    assert spool.names() == []
    spares = [file.stat().st_size for file in (tmp_path / "spare").iterdir()]
    assert len(spares) == 16
    assert max(spares) < 10_000


def test_a_record_that_lost_its_name_to_a_power_cut_is_found(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    spool.write("a-1-1-2", RECORD)
    spool.write("a-1-2-2", RECORD)
    (tmp_path / "a-1-1-2.json").rename(tmp_path / "spare" / "7")
    (tmp_path / "a-1-2-2.json").rename(tmp_path / ".a-1-2-2")
    later = Spool(tmp_path, "later")
    later.recover()
    assert sorted(later.names()) == ["a-1-1-2", "a-1-2-2"]
    assert later.read("a-1-1-2") == later.read("a-1-2-2") == RECORD


@pytest.mark.parametrize("kept_bytes", [0, 10, 24, 25, 60, 200])
def test_a_record_half_written_over_another_is_neither(tmp_path: Path, kept_bytes: int) -> None:
    spool = Spool(tmp_path, "boot")
    spool.write("a-1-1-2", Record(RECORD.ended, b"x" * 300, []))
    spool.write("a-1-2-2", Record(RECORD.ended, b"y" * 300, []))
    old, new = ((tmp_path / f"a-1-{n}-2.json").read_bytes() for n in (1, 2))
    spool.remove("a-1-1-2")
    spool.remove("a-1-2-2")
    torn = new[:kept_bytes] + b"\0" * 25 + old[kept_bytes + 25 :]
    (tmp_path / "spare" / "1").write_bytes(torn)
    later = Spool(tmp_path, "later")
    later.recover()
    assert later.names() == []


def test_what_was_struck_off_does_not_come_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    for name in ("a-1-1-2", "a-1-2-2"):
        spool.write(name, RECORD)
        spool.remove(name)
    (tmp_path / "spare" / "2").rename(tmp_path / "a-1-1-2.json")  # a move that was not synced
    later = Spool(tmp_path, "later")
    later.recover()
    assert later.names() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"ygg1 0000000002 00000000\n{}",
        b"ygg1 0000000003 9bf1a74b\n{}\n",
        b"ygg1 x x\n{}\n",
        pack("x", RECORD)[:-1],
        pack("x", RECORD).replace(b"t1", b"t2"),
    ],
)
def test_a_torn_file_is_told_from_a_missing_one(tmp_path: Path, content: bytes) -> None:
    spool = Spool(tmp_path, "boot")
    (tmp_path / "x-1-1-1.json").write_bytes(content)
    with pytest.raises(ValueError, match="not a spool file"):
        spool.read("x-1-1-1")
    spool.recover()
    spool.set_aside("x-1-1-1")
    assert spool.names() == []


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    (tmp_path / f".boot-{os.getpid()}-next").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):  # no room for a file
        spool.write("a-1-1-2", RECORD)
    spool.make_ready()
    with files_of_at_most(1000), pytest.raises(OSError, match="File too large"):  # nor for a record
        spool.write("a-1-2-2", RECORD)
    assert not [file for file in tmp_path.iterdir() if file.is_file()]
    spool.write("a-1-3-2", RECORD)
    assert spool.names() == ["a-1-3-2"]


def test_what_a_killed_process_had_ready_is_removed(tmp_path: Path) -> None:
    mine = Spool(tmp_path, "boot")
    mine.make_ready()
    [ready] = [file for file in tmp_path.iterdir() if file.is_file()]
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / f".boot-{gone.pid}-next").touch()
    mine.remove_unused()
    assert [file for file in tmp_path.iterdir() if file.is_file()] == [ready]


def test_the_file_that_is_ready_holds_no_record(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    spool.write("a-1-1-2", RECORD)
    spool.remove("a-1-1-2")
    spool.make_ready()  # from what was struck off
    later = Spool(tmp_path, "later")
    later.make_ready()  # from nothing
    again = Spool(tmp_path, "again")
    again.recover()
    assert again.names() == []
    assert not [file for file in tmp_path.iterdir() if file.is_file()]


def test_the_age_of_a_record_is_its_own_though_its_file_is_an_old_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "boot")
    spool.write("a-1-1-2", RECORD)
    os.utime(tmp_path / "a-1-1-2.json", (0, 0))
    assert spool.age_seconds("a-1-1-2") > 365 * 24 * 3600
    spool.remove("a-1-1-2")
    assert spool.age_seconds("a-1-1-2") == 0
    spool.write("a-1-2-2", RECORD)
    assert spool.age_seconds("a-1-2-2") < 60
