"""Files that are written whole or not at all, and name themselves when they cannot be."""

from __future__ import annotations

import errno
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ygg.embedded.secret_files import password, rewrite, write_private, write_public
from ygg.errors import BadInput


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file may grow beyond 8 bytes: as with a full disk, it is told at the writing."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("little_room")
def test_what_does_not_fit_leaves_the_old_and_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_private(file, "old")
    for write in (write_private, write_public):
        with pytest.raises(OSError, match="File too large") as refused:
            write(file, "more than eight bytes")
        assert (refused.value.errno, refused.value.filename) == (errno.EFBIG, str(file))
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_who_may_read_it(tmp_path: Path) -> None:
    write_private(tmp_path / "a", "text")
    write_public(tmp_path / "b", "text")
    assert [(tmp_path / name).stat().st_mode & 0o044 for name in "ab"] == [0, 0o044]


def test_a_persons_own_file_stays_what_it_is(tmp_path: Path) -> None:
    file, link = tmp_path / "own", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    rewrite(link, "new")
    assert (link.is_symlink(), file.read_text()) == (True, "new")
    assert file.stat().st_mode & 0o777 == 0o640
    rewrite(tmp_path / "first", "one")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["first", "link", "own"]


def test_a_password_in_other_bytes_is_told(tmp_path: Path) -> None:
    (tmp_path / "password").write_bytes(b"p\xe4ss\n")
    with pytest.raises(BadInput, match="no text in UTF-8"):
        password(tmp_path / "password")
