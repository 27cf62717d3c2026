import base64
import hashlib

import pytest

from ygg.cli.inputs import INLINE_BYTES, as_request, read_inputs
from ygg.cli.read import Reader
from ygg.errors import BadInput
from ygg.settings import DeliverySettings


def test_the_limit_is_that_of_the_settings():
    assert DeliverySettings().inline_bytes == INLINE_BYTES


def test_a_small_file_travels_in_the_request(tmp_path):
    file = tmp_path / "in.txt"
    file.write_bytes(b"hello\0")
    assert as_request(read_inputs((str(file),), Reader())) == [
        {
            "path": "in.txt",
            "blob": {
                "sha256": hashlib.sha256(b"hello\0").hexdigest(),
                "size_bytes": 6,
                "inline_base64": base64.b64encode(b"hello\0").decode(),
            },
        }
    ]


def test_a_large_file_does_not(tmp_path):
    file = tmp_path / "in.bin"
    file.write_bytes(b"x" * (INLINE_BYTES + 1))
    [found] = as_request(read_inputs((f"{file}=data/in.bin",), Reader()))
    assert found["path"] == "data/in.bin"
    assert "inline_base64" not in found["blob"]


def test_a_path_may_contain_an_equals_sign(tmp_path):
    file = tmp_path / "a=b"
    file.write_text("x")
    assert [each.name for each in read_inputs((str(file), f"{file}=c"), Reader())] == ["a=b", "c"]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../b", "a//b", "./a", "", "a\nb", "a/", ".."]
)
def test_a_name_that_leaves_its_folder_is_refused(tmp_path, name):
    (tmp_path / "x").write_text("x")
    with pytest.raises(BadInput) as refused:
        read_inputs((f"{tmp_path / 'x'}={name}",), Reader())
    assert refused.value.field == "--file"


def test_two_files_of_one_name_are_refused(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x").write_text(folder)
    with pytest.raises(BadInput, match="two files"):
        read_inputs((str(tmp_path / "a/x"), str(tmp_path / "b/x")), Reader())


@pytest.mark.parametrize(("what", "says"), [("missing", "No such file"), (".", "folder")])
def test_what_cannot_be_read_is_refused(tmp_path, what, says):
    with pytest.raises(BadInput, match=says):
        read_inputs((f"{tmp_path / what}=name",), Reader())
