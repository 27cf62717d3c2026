"""What the operating system refused, in our words."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TYPE_CHECKING

from ygg.errors import BadInput, YggError
from ygg.target import DATA_DIR_HINT, data_dir

if TYPE_CHECKING:
    from ygg.owners import Closed

_WRONG_PLACE = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


_FULL = {
    errno.ENOSPC: "a disk is full: `df` says which; free some of it and try again",
    errno.EDQUOT: "this user may take no more of the disk: free some of it and try again",
}


def explain_output(error: OSError) -> YggError:
    hint = "only the telling failed: what was asked for is done"
    return YggError(f"cannot write the output: {_what(error)}", hint=hint)


def explain(error: OSError) -> YggError:
    """Of a file, or of something that has no name."""
    what, hint = _what(error), _FULL.get(error.errno or 0)
    if error.filename is None:
        return YggError(what, hint=hint)
    if isinstance(error, PermissionError) and (found := _closed(error.filename)):
        return BadInput(f"{error.filename}: {what}", hint=found.hint)
    if error.errno in _WRONG_PLACE and _is_our_data(error.filename):
        where = "" if Path(error.filename) == data_dir() else f"{error.filename}: "
        message = f"the data folder {data_dir()} cannot be used: {where}{what}"
        return BadInput(message, field="data_dir", hint=DATA_DIR_HINT)
    return YggError(f"{error.filename}: {what}", hint=hint)


def _what(error: OSError) -> str:
    return error.strerror or str(error)


def _closed(filename: object) -> Closed | None:
    """A folder of somebody else's, unless the data folder itself should be another."""
    from ygg.owners import closed

    found = closed(Path(str(filename)))
    return None if found is None or data_dir().absolute().is_relative_to(found.folder) else found


def _is_our_data(filename: object) -> bool:
    """Inside the data folder, or one of the folders that lead there."""
    folder, file = data_dir().absolute(), Path(str(filename)).absolute()
    return file.is_relative_to(folder) or folder.is_relative_to(file)
