"""mypy's command line, and what it says of a file.

It reads no settings, of the project or of anybody, and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Sequence

from code_agent.trial import PYTHON

_ALWAYS = (
    *("-I", "-B", "-m", "mypy", "--no-incremental", "--cache-dir=/dev/null", "--config-file="),
    *("--no-error-summary", "--no-color-output", "--hide-error-context"),
    "--ignore-missing-imports",
)
OF_THESE_ALONE = "--follow-imports=silent"
"""What the files import is read, and nothing is said of it."""
UNTYPED_TOO = "--check-untyped-defs"


def mypy_command(files: Sequence[str], *options: str) -> list[str]:
    return [PYTHON, *_ALWAYS, *options, *files]


def errors_of(file: str, output: str) -> list[str]:
    """What it says is wrong in a file, without the places."""
    lines = (line for line in output.splitlines() if line.startswith(f"{file}:"))
    return [line.partition(" error: ")[2] for line in lines if " error: " in line]
