"""Unpack an archive that a stranger made: tar, plain or packed by gzip, bzip2 or xz, and zip.

What a header says about sizes is believed of none: the bytes that come out are counted. An archive
inside an archive is a file.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn, Protocol, cast

from executors.archives.members import CHUNK_BYTES, Bounds, Extraction, refuse, shown
from executors.safe_files import open_file
from ygg.errors import BadInput

STEP_BYTES = 16 * 1024
"""The most of a tar that is read at once, and so the longest header: tarfile searches those in time
that grows with their square."""
DIRECTORY_BYTES = 16 * 1024 * 1024
"""The longest list of files in a zip."""
LINK_BYTES = 4096
MEMORY_BYTES = 192 * 1024 * 1024
"""For xz, whose files say how much it takes to unpack them."""

_END = b"PK\x05\x06"
_END_BYTES = 22
_END_64, _END_64_BYTES = b"PK\x06\x07", 76
"""What stands before the end of a zip64, and what is the size of both together."""
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 1
_UNDERSTOOD = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_LINK, _FILE_KIND, _REGULAR, _FOLDER = 0o120000, 0o170000, 0o100000, 0o040000


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def unpack(archive: Path, into: Path, bounds: Bounds | None = None) -> int:
    """How many members it had. BadInput names the archive, the member and what is wrong with it."""
    bounds = bounds or Bounds()
    with open_file(archive, into) as file:
        size_bytes = file.seek(0, 2)
        file.seek(0)
        try:
            with Extraction(into, bounds, bounds.most_bytes(size_bytes)) as extraction:
                _write_members(file, size_bytes, extraction, bounds)
                return extraction.members
        except BadInput as error:
            raise _in(archive, error.message) from error
        except _BROKEN as error:
            raise _in(archive, f"is damaged: {error or type(error).__name__}") from error


_BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError),
    *(OSError, ValueError, NotImplementedError, RuntimeError, OverflowError, struct.error),
)
"""All that Python's readers of archives are known to raise at a hostile one."""


def _in(archive: Path, what: str) -> BadInput:
    return BadInput(f"{archive.name}: {what}", field="unpack", hint="make the archive again")


def _write_members(
    file: IO[bytes], size_bytes: int, extraction: Extraction, bounds: Bounds
) -> None:
    start = file.read(512)
    file.seek(0)
    if start[:4] in (b"PK\x03\x04", _END):
        _check_directory(file, size_bytes)
        _unzip(file, extraction, bounds)
        return
    readers: dict[bytes, Callable[[IO[bytes]], Readable]] = {
        b"\x1f\x8b": lambda packed: cast(Readable, gzip.GzipFile(fileobj=packed)),
        b"BZh": lambda packed: cast(Readable, bz2.BZ2File(packed)),
        b"\xfd7zXZ\x00": _Xz,
    }
    for magic, reader in readers.items():
        if start.startswith(magic):
            _untar(reader(file), extraction, bounds.most_bytes(size_bytes))
            return
    if start[257:262] != b"ustar":
        raise BadInput("is no archive that is understood here: tar, tar.gz, tar.bz2, tar.xz or zip")
    _untar(file, extraction, bounds.most_bytes(size_bytes))


def _untar(source: Readable, extraction: Extraction, most_bytes: int) -> None:
    stream = _Forward(source, most_bytes)
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r:") as archive:
        while (member := archive.next()) is not None:
            # Else it remembers them all, each with whatever its headers said.
            vars(archive)["members"] = []
            _write_tar_member(archive, member, extraction)


def _write_tar_member(
    archive: tarfile.TarFile, member: tarfile.TarInfo, extraction: Extraction
) -> None:
    if member.isdir():
        extraction.folder(member.name)
    elif member.issym():
        extraction.link(member.name, member.linkname)
    elif member.islnk():
        extraction.same_file(member.name, member.linkname)
    elif member.isreg() and not member.issparse():
        content = archive.extractfile(member)
        if content is None:
            refuse(member.name, "has no content")
        extraction.file(
            member.name,
            lambda size: content.read(min(size, STEP_BYTES)),
            executable=bool(member.mode & 0o100),
        )
    else:
        refuse(member.name, f"is no file, folder or link: it is {_KINDS.get(member.type, 'odd')}")


_KINDS = {
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.GNUTYPE_SPARSE: "a file with holes",
    tarfile.REGTYPE: "a file with holes",
}


class _Forward:
    """A file for tarfile that is only read on, in bounded steps, and not for ever."""

    def __init__(self, source: Readable, most_bytes: int) -> None:
        self._source = source
        self._at = 0
        # Headers and padding count here as well: an archive of empty files is not free.
        self._most_bytes = most_bytes + CHUNK_BYTES

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= STEP_BYTES:
            raise BadInput("has a header that is too long")
        parts = []
        while size and (data := self._source.read(size)):
            parts.append(data)
            size -= len(data)
            self._at += len(data)
            if self._at > self._most_bytes:
                raise BadInput(f"unpacks to more than {self._most_bytes} bytes")
        return b"".join(parts)

    def seek(self, where: int, whence: int = 0) -> int:
        if whence or where < self._at:
            raise BadInput("is not in order")
        while self._at < where and self.read(min(STEP_BYTES, where - self._at)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at


class _Xz:
    """As lzma.LZMAFile, with a bound for the memory that it takes."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._decoder = self._new()

    def read(self, size: int, /) -> bytes:
        while True:
            wanting = self._decoder.eof or self._decoder.needs_input
            source = self._packed.read(CHUNK_BYTES) if wanting else b""
            if self._decoder.eof:
                source = self._decoder.unused_data + source
                self._decoder = self._new()
            if wanting and not source:
                return b""
            if data := self._decoder.decompress(source, max_length=size):
                return data

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MEMORY_BYTES)


def _check_directory(file: IO[bytes], size_bytes: int) -> None:
    """Before zipfile reads the list of files, all of it at once."""
    tail_bytes = min(size_bytes, _END_64_BYTES + _END_BYTES + 0xFFFF)
    file.seek(size_bytes - tail_bytes)
    tail = file.read(tail_bytes)
    file.seek(0)
    found = tail.rfind(_END)
    if found < 0 or len(tail) - found < _END_BYTES:
        raise BadInput("is cut off: its list of files is missing")
    (listed_bytes,) = struct.unpack_from("<L", tail, found + 12)
    if found >= _END_64_BYTES and tail[found - 20 :].startswith(_END_64):
        (listed_bytes,) = struct.unpack_from("<Q", tail, found - 36)
    if listed_bytes > DIRECTORY_BYTES:
        raise BadInput(f"lists too many files: at most {DIRECTORY_BYTES} bytes of names")


def _unzip(file: IO[bytes], extraction: Extraction, bounds: Bounds) -> None:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > bounds.files:
            raise BadInput(f"has {len(members)} files, at most {bounds.files} are allowed")
        _check_overlaps(members)
        for member in members:
            _write_zip_member(archive, member, extraction)


def _check_overlaps(members: list[zipfile.ZipInfo]) -> None:
    """Files that share their bytes are how a small zip becomes endless."""
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end:
            refuse(member.filename, "shares its bytes with another")
        end = member.header_offset + _LOCAL_HEADER_BYTES + member.compress_size


def _write_zip_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, extraction: Extraction
) -> None:
    name = member.filename
    kind = (member.external_attr >> 16) & _FILE_KIND
    if member.is_dir():
        extraction.folder(name)
        return
    if member.flag_bits & _ENCRYPTED:
        refuse(name, "is encrypted")
    if member.compress_type not in _UNDERSTOOD:
        refuse(name, "is packed in a way that is not understood here")
    if kind not in (0, _REGULAR, _LINK, _FOLDER):
        refuse(name, "is no file, folder or link")
    with _opened(archive, member) as content:
        if kind == _LINK:
            target = content.read(LINK_BYTES)
            extraction.link(name, target.decode(errors="surrogateescape"))
        else:
            executable = bool((member.external_attr >> 16) & 0o100)
            extraction.file(name, content.read, executable=executable)


@contextmanager
def _opened(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    try:
        with archive.open(member) as content:
            yield content
            if content.read(1):
                refuse(member.filename, "goes on after its end")
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        _refuse_broken(member.filename, error)


def _refuse_broken(name: str, error: Exception) -> NoReturn:
    raise BadInput(f"{shown(name)} is damaged: {error or 'it is cut off'}") from error
