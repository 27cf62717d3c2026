"""Runs pytest once for each text of a file, and starts it but once: a process is forked for each.

It reads one JSON object from standard input: `file`, `texts`, `inputs`, which are what `ygg_pytest`
is told of each, the `seconds` that one may take, and `not all`. Its arguments are pytest's, and it
ends as the last run did. For texts that are trusted: what runs in one process could change the
next. Where it has left files for that to find, no more are run, and it ends with `not all`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.config import default_plugins

if TYPE_CHECKING:
    from code_agent.inside.ygg_sealed import take_input
else:  # it lies beside this file, wherever that is run
    from ygg_sealed import take_input


_State = set[tuple[str, int, int, int]]


def run_each(file: Path, texts: list[str], inputs: list[Any], seconds: int, not_all: int) -> int:
    ended, own = 0, {str(file), *(str(Path.cwd() / told["report"]) for told in inputs)}
    before = _state(own)
    for text, told in zip(texts, inputs, strict=True):
        if _state(own) != before or not _written(file, text):
            return not_all
        process = os.fork()
        if not process:
            os.setsid()
            signal.alarm(seconds)
            _become_pytest(json.dumps(told).encode())
        ended = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        with suppress(ProcessLookupError):  # what it has started goes with it
            os.killpg(process, signal.SIGKILL)
    return abs(ended)


def _written(file: Path, text: str) -> bool:
    """Whatever has become of the file."""
    with suppress(OSError):
        file.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        return True
    return False


def _state(besides: set[str]) -> _State:
    """Of all that a test may find in its next run, but for folders that pytest makes anew."""
    found: _State = set()
    for path in _paths():
        if path not in besides:
            with suppress(OSError):
                about = os.lstat(path)
                is_folder = Path(path).is_dir()
                changed = (0, 0) if is_folder else (about.st_mtime_ns, about.st_size)
                found.add((path, about.st_mode, *changed))
    return found


def _paths() -> Iterator[str]:
    for folder, folders, files in os.walk(Path.cwd()):
        yield from (str(Path(folder, name)) for name in (*folders, *files))
    for one in os.scandir(tempfile.gettempdir()):
        if not one.name.startswith("pytest-of-"):
            yield one.path


def _become_pytest(told: bytes) -> None:
    """With what it is told as its standard input."""
    source, sink = os.pipe()
    os.write(sink, told)
    os.close(sink)
    os.dup2(source, 0)
    os.close(source)
    ended = 3
    try:
        ended = int(pytest.main(sys.argv[1:]))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(ended)


if __name__ == "__main__":
    for name in default_plugins:  # what takes long, and is the same for all
        import_module(f"_pytest.{name}")
    asked = take_input()
    file, limits = Path(asked["file"]), (asked["seconds"], asked["not all"])
    sys.exit(run_each(file, asked["texts"], asked["inputs"], *limits))
