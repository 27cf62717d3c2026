"""What checks source in a language, where it is installed: command lines, all of them pure.

What works on a whole project is the project's; here is what a project's own tools have no word for:
to say whether files are in their usual form, and whether they can be read at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from code_agent.languages.which import Language
from executors.projects.kinds import Folder
from executors.projects.tools import FORMATTERS, LINTERS, Tool, commands


@dataclass(frozen=True)
class Checkers:
    formatter: Tool
    """Says whether files are in their usual form, and leaves them as they are."""
    linter: Tool
    reader: Tool | None = None
    """Says whether one file can be read by what would run it."""


def reader_commands(
    reader: Tool, program: str, files: Sequence[str], folder: Folder
) -> list[list[str]]:
    """One command a file: of several files such a program reads the first."""
    fitting = [file for file in files if file.endswith(reader.suffixes)]
    return [line for file in fitting for line in commands(reader, program, [file], folder)]


def well_formed(exit_code: int, output: str) -> bool | None:
    """What a formatter said of files; nothing if it came to no answer.

    `gofmt -l` ends well whatever it finds, and names the files; no other says anything but its
    praise when all is well.
    """
    if exit_code > 1 or exit_code < 0:
        return None
    return exit_code == 0 and not output.strip()


def _prettier(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "--check", "--log-level=warn", "--ignore-unknown", *files]


def _gofmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "-l", *files]


def _rustfmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    words = FORMATTERS["rustfmt"].argv(program, files, folder)
    return [words[0], "--check", *words[1:]]


def _shfmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "-d", *files]


def _node(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "--check", *files]


def _bash(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "-n", *files]


_WEB = Checkers(replace(FORMATTERS["prettier"], argv=_prettier), LINTERS["eslint"])

# Python's own checks ask more than its tools.
CHECKERS: Mapping[Language, Checkers] = {
    "javascript": replace(_WEB, reader=Tool("node", "node", (".js", ".cjs", ".mjs"), _node)),
    "typescript": _WEB,
    "tsx": _WEB,
    "go": Checkers(replace(FORMATTERS["gofmt"], argv=_gofmt), LINTERS["vet"]),
    "rust": Checkers(replace(FORMATTERS["rustfmt"], argv=_rustfmt), LINTERS["clippy"]),
    "bash": Checkers(
        replace(FORMATTERS["shfmt"], argv=_shfmt),
        LINTERS["shellcheck"],
        reader=Tool("bash", "bash", (".sh", ".bash"), _bash),
    ),
}
