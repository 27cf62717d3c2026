"""In which language a file is written, and what a comment begins with there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Language = Literal["python", "javascript", "typescript", "tsx", "go", "rust", "bash"]

_SHEBANG = re.compile(r"#![ \t]*(?P<program>\S+)(?P<words>[^\r\n]{0,1000})")


@dataclass(frozen=True)
class Spelling:
    """How files of a language are named, and their comments begin."""

    suffixes: tuple[str, ...]
    interpreters: tuple[str, ...]
    line_comment: str


SPELLINGS: Mapping[Language, Spelling] = {
    "python": Spelling((".py", ".pyi"), ("python",), "#"),
    "javascript": Spelling((".js", ".cjs", ".mjs", ".jsx"), ("node", "nodejs"), "//"),
    "typescript": Spelling((".ts", ".cts", ".mts"), ("ts-node", "tsx"), "//"),
    "tsx": Spelling((".tsx",), (), "//"),
    "go": Spelling((".go",), (), "//"),
    "rust": Spelling((".rs",), (), "//"),
    "bash": Spelling((".sh", ".bash"), ("bash", "sh", "dash", "ksh"), "#"),
}

_BY_SUFFIX = {suffix: name for name, told in SPELLINGS.items() for suffix in told.suffixes}
_BY_INTERPRETER = {name: to for to, told in SPELLINGS.items() for name in told.interpreters}


def language_of(path: str, text: str = "") -> Language | None:
    """By the file's suffix, else by the interpreter that its first line names."""
    found = _BY_SUFFIX.get(PurePosixPath(path).suffix.lower())
    return found or _BY_INTERPRETER.get(_interpreter(text))


def _interpreter(text: str) -> str:
    """Without its version; empty if no interpreter is named."""
    shebang = _SHEBANG.match(text)
    if shebang is None:
        return ""
    words = [shebang["program"], *shebang["words"].split()]
    if PurePosixPath(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return PurePosixPath(words[0]).name.rstrip("0123456789.") if words else ""
