"""Standard output and error as they may be: closed, full, a broken pipe, an old encoding."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import IO


def prepare() -> None:
    """Whoever closed a stream wants nothing of it, and no socket may come to stand in its place.

    What a task wrote may not fit the terminal's encoding; show it escaped, never fail.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    sys.stdout.flush()
    try:
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def is_refused() -> bool:
    """Whether what was to be told waits still, and is not taken: asked after a failure."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def discard(stream: IO[str]) -> None:
    """The interpreter flushes once more at exit: let that go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
