"""A folder's files by their digests, and the digest of all of them together."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

GIT = ".git"


@dataclass(frozen=True)
class Tree:
    digests: Mapping[str, str]

    def changed(self, changes: Mapping[str, str | None]) -> Tree:
        """With these contents; nothing stands for a file that goes."""
        found = dict(self.digests)
        for path, text in changes.items():
            if text is None:
                found.pop(path, None)
            else:
                found[path] = sha256(text.encode())
        return Tree(found)

    @property
    def digest(self) -> str:
        lines = "".join(f"{path}\0{digest}\n" for path, digest in sorted(self.digests.items()))
        return sha256(lines.encode(errors="surrogateescape"))


def tree_of(folder: Path) -> Tree:
    return Tree({path: _digest(folder / path) for path in _paths(folder)})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _paths(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != GIT]
        below = Path(folder).relative_to(root)
        yield from ((below / name).as_posix() for name in files if name != GIT)


def _digest(path: Path) -> str:
    if path.is_symlink():
        return sha256(b"-> " + os.fsencode(path.readlink()))
    if not path.is_file():
        return sha256(b"neither a file nor a link")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
