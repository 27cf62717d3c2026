"""Archives as strangers make them: what is harmless comes out, the rest is refused by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from executors.archives.members import Bounds
from executors.archives.unpack import unpack
from ygg.errors import BadInput

SMALL = Bounds(total_bytes=100_000, files=20, depth=5, ratio=10, free_bytes=50_000)
OFTEN = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    found = tmp_path / "workspace"
    found.mkdir()
    return found


def tar(*members: tarfile.TarInfo | tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member, io.BytesIO(b"\0" * member.size))
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return made.getvalue()


def odd(name: str, kind: bytes, target: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, mode
    return info


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def put(into: Path, content: bytes) -> Path:
    file = into / "archive"
    file.write_bytes(content)
    return file


def refusal(into: Path, content: bytes, bounds: Bounds = SMALL) -> str:
    with pytest.raises(BadInput) as caught:
        unpack(put(into, content), into, bounds)
    assert caught.value.message.startswith("archive: ")
    return caught.value.message.removeprefix("archive: ")


def plain(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("pack", [plain, gzip.compress, bz2.compress, lzma.compress])
def test_a_tar_comes_out_as_it_went_in(into: Path, pack: Callable[[bytes], bytes]) -> None:
    content = tar(
        odd("src", tarfile.DIRTYPE),
        ("src/a.py", b"print(1)\n" * 3000),
        odd("run", tarfile.REGTYPE, mode=0o4755),
        odd("src/b.py", tarfile.SYMTYPE, "a.py"),
        odd("src/deep/up", tarfile.SYMTYPE, "../../run"),
        odd("same", tarfile.LNKTYPE, "src/a.py"),
        ("./x/y/z", b""),
    )
    unpack(put(into, pack(content)), into, SMALL)
    assert (into / "src/a.py").read_bytes() == b"print(1)\n" * 3000
    assert (into / "src/b.py").resolve() == into / "src/a.py"
    assert (into / "src/deep/up").resolve() == into / "run"
    assert (into / "same").samefile(into / "src/a.py")
    assert (into / "run").stat().st_mode & 0o7777 == 0o755
    assert (into / "x/y/z").is_file()


def test_a_zip_comes_out_as_it_went_in(into: Path) -> None:
    link, tool = zipfile.ZipInfo("b/link"), zipfile.ZipInfo("tool")
    link.external_attr, tool.external_attr = 0o120777 << 16, 0o100755 << 16
    unpack(
        put(into, zipped(("b/", b""), ("a.txt", b"x" * 9000), (link, b"../a.txt"), (tool, b"t"))),
        into,
        SMALL,
    )
    assert (into / "b/link").read_bytes() == b"x" * 9000
    assert os.access(into / "tool", os.X_OK)


def test_streams_of_xz_may_follow_each_other(into: Path) -> None:
    content = tar(("a", b"1" * 3000))
    unpack(put(into, lzma.compress(content[:700]) + lzma.compress(content[700:])), into, SMALL)
    assert (into / "a").stat().st_size == 3000


@pytest.mark.parametrize("name", ["/etc/cron.d/x", "../x", "a/../../x", "a/..", "//x"])
def test_a_name_that_leads_elsewhere_is_refused(into: Path, name: str) -> None:
    for content in (tar((name, b"x")), zipped((name, b"x"))):
        message = refusal(into, content)
        assert message in (f"{name} is an absolute path", f"{name} leads out of the folder")
    assert list(into.parent.iterdir()) == [into]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("l", "/etc"),
        ("l", ".."),
        ("a/l", "../.."),
        ("a/l", "b/../../../x"),
        # Through a link to a higher folder, what looks like inside is not.
        ("a/l", "b/../x"),
        ("l", ""),
    ],
)
def test_a_link_that_leads_out_is_refused(into: Path, link: str, target: str) -> None:
    assert "is a link that leads out" in refusal(into, tar(odd(link, tarfile.SYMTYPE, target)))


def test_nothing_is_written_through_a_link(into: Path) -> None:
    (into / "there").symlink_to(into.parent)
    inside = odd("l", tarfile.SYMTYPE, "sub")
    for content in (
        tar(("there/x", b"1")),
        tar(odd("sub", tarfile.DIRTYPE), inside, ("l/x", b"1")),
    ):
        assert "leads through a link" in refusal(into, content)
    (into / "file").symlink_to(into.parent / "outside")
    assert refusal(into, tar(("file", b"1"))) == "file is there already"
    assert not (into.parent / "outside").exists()


def test_a_hard_link_names_a_file_of_the_archive(into: Path) -> None:
    (into / "out").symlink_to("/etc/passwd")
    assert "what is no file" in refusal(into, tar(odd("a", tarfile.LNKTYPE, "out")))
    assert "leads out" in refusal(into, tar(odd("a", tarfile.LNKTYPE, "../x")))
    assert "absolute" in refusal(into, tar(odd("a", tarfile.LNKTYPE, "/etc/passwd")))
    assert "No such file" in refusal(into, tar(odd("a", tarfile.LNKTYPE, "none")))


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.CHRTYPE, "a character device"),
        (tarfile.BLKTYPE, "a block device"),
        (tarfile.FIFOTYPE, "a named pipe"),
    ],
)
def test_what_is_no_file_is_refused(into: Path, kind: bytes, what: str) -> None:
    assert refusal(into, tar(odd("x", kind))).endswith(what)
    assert not (into / "x").exists()


def test_a_device_in_a_zip_is_refused(into: Path) -> None:
    device = zipfile.ZipInfo("dev")
    device.external_attr = 0o020666 << 16
    assert refusal(into, zipped((device, b""))) == "dev is no file, folder or link"


@pytest.mark.parametrize("pack", [plain, gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_stopped(into: Path, pack: Callable[[bytes], bytes]) -> None:
    message = refusal(into, pack(tar(("zeros", b"\0" * 5_000_000))))
    assert "than" in message or "too much" in message
    assert _size(into) < 200_000 + (into / "archive").stat().st_size


def test_a_small_archive_may_not_grow_much(into: Path) -> None:
    once = Bounds(ratio=10, free_bytes=1000)
    assert "at most 2140 bytes" in refusal(into, zipped(("a", b"\0" * 100_000)), once)


def test_a_huge_header_is_not_read(into: Path) -> None:
    for kind in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE):
        header = tarfile.TarInfo("x")
        header.type, header.size = kind, 8 * 1024**3
        content = gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + b"a" * 100_000)
        assert refusal(into, content) == "has a header that is too long"


def test_too_many_files_are_refused(into: Path) -> None:
    many = [(f"f{n}", b"") for n in range(30)]
    assert "at most 20" in refusal(into, tar(*many))
    (into / "f0").unlink()
    assert "at most 20" in refusal(into, zipped(*many))


def test_folders_count_as_well(into: Path) -> None:
    assert "at most 20" in refusal(into, tar(*((f"{n}/b/c", b"") for n in range(8))))


def test_too_deep_is_refused(into: Path) -> None:
    assert "too deep" in refusal(into, tar(("a/b/c/d/e/f", b"")))


def test_a_zip_whose_files_share_bytes_is_refused(into: Path) -> None:
    """A thousand names for one file: small, and large when unpacked."""
    content = zipped(("0000", b"\0" * 30_000))
    at, end = content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    entry = content[at:end]
    listed = b"".join(entry.replace(b"0000", b"%04d" % n) for n in range(1000))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(listed), at, 0)
    bomb = content[:at] + listed + tail
    assert "shares its bytes" in refusal(into, bomb, Bounds())
    assert list(into.iterdir()) == [into / "archive"]


def test_a_zip_that_lies_about_sizes_is_found_out(into: Path) -> None:
    content = zipped(("a", b"\0" * 400_000))
    small = content.replace(struct.pack("<L", 400_000), struct.pack("<L", 10))
    assert "damaged" in refusal(into, small)
    (into / "a").unlink()
    large = content.replace(struct.pack("<L", 400_000), struct.pack("<L", 2**32 - 2))
    assert "too much" in refusal(into, large)


def test_a_zip_with_a_huge_list_is_not_read(into: Path) -> None:
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, 2**31, 0, 0)
    assert "too many files" in refusal(into, b"PK\x03\x04" + bytes(100) + end)
    record = b"PK\x06\x06" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, 1, 1, 2**31, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, 104, 1)
    harmless = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, 46, 0, 0)
    content = b"PK\x03\x04" + bytes(100) + record + locator + harmless
    assert "too many files" in refusal(into, content)


def test_an_archive_in_an_archive_is_a_file(into: Path) -> None:
    """So one that contains itself, or layers of bombs, is unpacked once."""
    layer = zipped(*((f"{n}.zip", zipped(("bomb", b"\0" * 10_000_000))) for n in range(3)))
    assert unpack(put(into, layer), into, SMALL) == 3
    assert (into / "0.zip").read_bytes()[:2] == b"PK"


def test_what_unpacks_to_packed_bytes_is_no_tar(into: Path) -> None:
    """As of a file that unpacks to itself: it is unpacked once."""
    assert "damaged" in refusal(into, gzip.compress(gzip.compress(b"turtles")))


def test_an_encrypted_zip_is_refused(into: Path) -> None:
    content = bytearray(zipped(("a", b"x")))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(into, bytes(content)) == "a is encrypted"


def test_xz_that_wants_much_memory_is_refused(into: Path) -> None:
    wants = lzma.compress(
        tar(("a", b"x")), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 512 * 1024**2}]
    )
    assert "Memory usage limit" in refusal(into, wants)


def test_the_same_name_twice_is_refused(into: Path) -> None:
    assert refusal(into, tar(("a", b"1"), ("a", b"2"))) == "a is there already"


@pytest.mark.parametrize("content", [b"", b"hello", b"\x28\xb5\x2f\xfd", b"Rar!", b"PK\x03\x04"])
def test_what_is_no_archive_is_refused(into: Path, content: bytes) -> None:
    assert refusal(into, content).startswith("is ")


def test_only_a_file_of_the_workspace_is_unpacked(into: Path) -> None:
    (into.parent / "out.tar").write_bytes(tar(("a", b"x")))
    (into / "l").symlink_to(into.parent / "out.tar")
    (into / "folder").symlink_to(into.parent)
    os.mkfifo(into / "pipe")
    for name in ("l", "folder/out.tar", "pipe", "none", "."):
        with pytest.raises(BadInput):
            unpack(into / name, into)


@OFTEN
@given(
    st.lists(
        st.tuples(st.text("a/.\\\0é\n ", max_size=12), st.text("a/.", max_size=9)), max_size=5
    ),
    st.integers(0, 6),
)
@example([("a", ".."), ("a/b", "")], 2)
def test_whatever_the_names_nothing_leaves_the_folder(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, str]], kinds: int
) -> None:
    into = tmp_path_factory.mktemp("out") / "a" / "workspace"
    into.mkdir(parents=True)
    all_kinds = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE)
    infos = [
        odd(name, all_kinds[(kinds + at) % 4], target) for at, (name, target) in enumerate(members)
    ]
    with suppress(BadInput):
        unpack(put(into, tar(*infos)), into, SMALL)
    assert list(into.parent.iterdir()) == [into]
    for folder, folders, files in os.walk(into):
        for name in (*folders, *files):
            # Not Path.resolve, which has no answer for a link to itself.
            assert Path(os.path.realpath(Path(folder, name))).is_relative_to(into)


BASES = (
    tar(
        ("a/b", b"content" * 200), odd("l", tarfile.SYMTYPE, "a"), odd("h", tarfile.LNKTYPE, "a/b")
    ),
    zipped(("a/b", b"content" * 200), ("c", b"x")),
    gzip.compress(tar(("a", b"1" * 2000))),
    lzma.compress(tar(("a", b"1" * 2000))),
    bz2.compress(tar(("a", b"1" * 2000))),
)


@OFTEN
@given(
    st.sampled_from(BASES),
    st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=6),
    st.integers(0, 2**16),
)
def test_a_damaged_archive_is_refused_and_never_surprises(
    tmp_path_factory: pytest.TempPathFactory,
    base: bytes,
    changes: list[tuple[int, int]],
    end: int,
) -> None:
    content = bytearray(base)
    for at, value in changes:
        content[at % len(content)] = value
    into = tmp_path_factory.mktemp("out") / "workspace"
    into.mkdir()
    with suppress(BadInput):
        unpack(put(into, bytes(content[: end % len(content) + 1])), into, SMALL)
    assert _size(into) <= SMALL.total_bytes + 2 * len(base)
    assert list(into.parent.iterdir()) == [into]


def _size(folder: Path) -> int:
    found = (Path(at, name) for at, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in found)
