"""A disk that runs low is told before it is full."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from registry.home import Home
from registry.hosting import disk
from registry.hosting.disk import (
    Disk,
    DiskWatch,
    check_room,
    mirror_apart,
    used_bytes,
    watches,
)
from ygg.errors import YggError
from ygg.registry_settings import RegistrySettings

SETTINGS = RegistrySettings(warn_free_percent=20, refuse_free_percent=10)


@pytest.mark.parametrize(("free", "level"), [(30, "ok"), (20, "ok"), (19, "warn"), (9, "refuse")])
def test_how_low_it_is(free: int, level: str) -> None:
    assert Disk(0, free, 100).level(SETTINGS) == level


def test_what_files_take_is_counted_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "link").symlink_to("/usr")
    assert 100_000 <= used_bytes(tmp_path) < 200_000


def test_it_is_said_once_each_time_it_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LOOK_SECONDS", 0.0)
    caplog.set_level(logging.INFO)
    full = SETTINGS.model_copy(update={"warn_free_percent": 100.0})
    watch = DiskWatch(tmp_path, full)
    watch.look()
    watch.look()
    assert [record.message for record in caplog.records] == [
        "the registry's disk runs low; next: ygg images prune"
    ]


def test_a_mirror_on_a_disk_of_its_own_is_looked_at_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = Home(tmp_path, tmp_path / "storage")
    home.storage.mkdir()
    home.mirror_storage.mkdir()
    full = SETTINGS.model_copy(update={"warn_free_percent": 100.0, "mirror_of": "https://a"})
    assert len(watches(home, full)) == 1
    home.mirror_storage.rmdir()
    home.mirror_storage.symlink_to("/proc")  # another disk than that of temporary files
    assert mirror_apart(home, SETTINGS) is None
    assert mirror_apart(home, full) == home.mirror_storage
    for watch in watches(home, full):
        watch.look()
    assert "the registry's disk runs low" in caplog.text
    assert len(watches(home, full)) == 2


def test_a_disk_that_is_away_stops_nothing(tmp_path: Path) -> None:
    DiskWatch(tmp_path / "away", SETTINGS).look()


def test_nothing_is_pushed_to_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    check_room(tmp_path, SETTINGS.model_copy(update={"refuse_free_percent": 0.0}))
    check_room(tmp_path / "of another machine", SETTINGS)
    with pytest.raises(YggError, match="nearly full"):
        check_room(tmp_path, SETTINGS.model_copy(update={"refuse_free_percent": 100.0}))
