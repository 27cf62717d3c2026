"""The folder of images, known again: while its disk is not mounted another folder lies there.

At the first start a word is left in it, and kept in the home, too.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from registry.home import Home
from ygg.embedded.secret_files import write_private
from ygg.errors import YggError

_MARK = ".yggdrasil-registry"


def remember(home: Home) -> None:
    """The folder as it is now, unless this one is known already."""
    if _remembered(home) is None:
        word = secrets.token_hex(16)
        write_private(home.storage / _MARK, word)
        write_private(home.storage_mark, f"{word}\n{home.storage}\n")


def is_lost(home: Home) -> bool:
    word = _remembered(home)
    return word is not None and _word_in(home.storage) not in (word, None)


def check_storage(home: Home) -> None:
    if is_lost(home):
        raise YggError(lost(home), hint=cure(home))


def lost(home: Home) -> str:
    return f"{home.storage} is not the folder that images were in"


def cure(home: Home) -> str:
    return f"mount its disk; if it is to begin anew: rm {home.storage_mark}"


def _remembered(home: Home) -> str | None:
    """Nothing when none is, or when the settings name another folder since."""
    try:
        word, folder, *_ = home.storage_mark.read_text().splitlines()
    except (OSError, ValueError):
        return None
    return word if folder == str(home.storage) else None


def _word_in(storage: Path) -> str | None:
    """Nothing when we may not know."""
    try:
        return (storage / _MARK).read_text()
    except PermissionError:
        return None
    except (OSError, ValueError):
        return ""
