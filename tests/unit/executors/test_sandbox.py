from __future__ import annotations

import os
from pathlib import Path

import pytest

from executors.sandbox import User, give, limits
from executors.sandboxes.calls import call_filter
from ygg.machine_settings import SandboxSettings

NOBODY = User(65534, 65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives away what is its own")
def test_what_is_given_away_is_what_lies_in_the_folder_and_no_more(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    (outside / "deeper").mkdir(parents=True)
    (outside / "secret").touch()
    (inside / "a" / "b").mkdir(parents=True)
    (inside / "a" / "b" / "file").touch()
    (inside / "a" / "link").symlink_to(outside)
    (inside / "file").symlink_to(outside / "secret")
    deep = inside
    for _ in range(150):
        deep /= "d"
    deep.mkdir(parents=True)
    give(NOBODY, inside)
    for given in (inside, inside / "a" / "b" / "file", deep):
        assert given.stat().st_uid == NOBODY.uid
    assert (inside / "a" / "link").lstat().st_uid == NOBODY.uid
    for kept in (outside, outside / "secret", outside / "deeper"):
        assert kept.stat().st_uid == 0


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    with pytest.raises(OSError, match="Not a directory"):
        give(User(os.getuid(), os.getgid()), tmp_path / "link")


def test_a_process_that_may_have_less_is_not_given_more() -> None:
    found = limits(SandboxSettings(open_files=10**9, memory_bytes=10**9), 5)
    assert found["nofile"] < 10**9
    assert (found["data"], found["fsize"], found["core"]) == (10**9, 5, 0)


def test_the_filter_of_calls_is_a_program_for_the_kernel() -> None:
    found = call_filter()
    assert found is None or (len(found) % 8 == 0 and len(found) > 100)
