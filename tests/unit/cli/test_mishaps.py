import errno
import os

import pytest

from ygg.cli.mishaps import explain, explain_output


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("YGG_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def refusal(number, *filename):
    return explain(OSError(number, os.strerror(number), *filename))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.EEXIST])
def test_a_data_folder_that_cannot_be_used_is_wrong_usage(folder, number):
    for file in (folder, folder / "logs" / "up.log", folder.parent):
        error = refusal(number, str(file))
        assert error.exit_code == 2
        assert os.strerror(number) in error.message
        assert "YGG_DATA_DIR" in (error.hint or "")


def test_a_full_disk_under_it_is_no_mistake_of_the_person(folder):
    error = refusal(errno.ENOSPC, str(folder / "up.log"))
    assert error.exit_code == 1
    assert error.message == f"{folder / 'up.log'}: No space left on device"


def test_another_file_is_named_as_it_is(folder):
    assert refusal(errno.EACCES, "/etc/shadow").message == "/etc/shadow: Permission denied"


def test_a_full_disk_is_never_told_as_done(folder):
    for error in (refusal(errno.ENOSPC), refusal(errno.ENOSPC, "/srv/file")):
        assert "No space left on device" in error.message
        assert "df" in (error.hint or "")
        assert "done" not in (error.hint or "")


def test_output_that_cannot_be_written_undoes_nothing(folder):
    error = explain_output(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert error.message == "cannot write the output: No space left on device"
    assert "is done" in (error.hint or "")
