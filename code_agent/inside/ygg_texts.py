"""Runs pytest once for each text of a file, and starts it but once: a process is forked for each.

It reads one JSON object from standard input: `file`, `texts`, `inputs`, which are what `ygg_pytest`
is told of each, and the `seconds` that one may take. Its arguments are pytest's, and it ends as the
last run did. For texts that are trusted: what runs in one process could change the next.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.config import default_plugins

if TYPE_CHECKING:
    from code_agent.inside.ygg_sealed import take_input
else:  # it lies beside this file, wherever that is run
    from ygg_sealed import take_input


def run_each(file: Path, texts: list[str], inputs: list[Any], seconds: int) -> int:
    ended = 0
    for text, told in zip(texts, inputs, strict=True):
        file.write_text(text, encoding="utf-8", newline="")
        process = os.fork()
        if not process:
            signal.alarm(seconds)
            _become_pytest(json.dumps(told).encode())
        ended = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return abs(ended)


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
    sys.exit(run_each(Path(asked["file"]), asked["texts"], asked["inputs"], asked["seconds"]))
