"""Files in which nothing is looked for, and why."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from code_agent.languages.parsing import encoded
from executors.projects.kinds import NOT_SOURCES

MOST_BYTES = 512 * 1024

# What is in git below `build` or `target` was written by somebody.
_VENDORED = (NOT_SOURCES - {"build", "target"}) | {
    *("third_party", "thirdparty", "bower_components", "site-packages", ".venv", ".git"),
}
_LOCKS = frozenset(
    {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock"}
    | {"uv.lock", "Pipfile.lock", "Cargo.lock", "go.sum", "composer.lock", "Gemfile.lock"}
)
_GENERATED = re.compile(r"@generated\b|\bDO NOT EDIT\b|\bdo not edit by hand\b")
_BEGINNING = 1000
_MINIFIED = re.compile(r"\.min\.(js|css)$|\.map$")
_LONG_LINE = 5000
_LONG_ON_AVERAGE = 400
_LEAST_LENGTH = 2000


def unfit_path(path: str) -> str:
    """Empty if the file may be looked at."""
    at = PurePosixPath(path)
    if not _VENDORED.isdisjoint(at.parts[:-1]):
        return "vendored"
    if at.name in _LOCKS:
        return "generated"
    return "minified" if _MINIFIED.search(at.name) else ""


def unfit_text(text: str) -> str:
    """Empty if it is what people write."""
    if len(text) > MOST_BYTES or len(encoded(text)) > MOST_BYTES:
        return "too large"
    if "\x00" in text or _odd(text) > len(text) // 10:
        return "binary"
    if _GENERATED.search(text, 0, _BEGINNING):
        return "generated"
    lines = text.split("\n")
    longest = max(map(len, lines))
    dense = len(text) > _LEAST_LENGTH and len(text) / len(lines) > _LONG_ON_AVERAGE
    return "minified" if dense or longest > max(_LONG_LINE, len(text) // 2) else ""


def _odd(text: str) -> int:
    """Characters that were no text's before it was decoded."""
    return text.count("\ufffd") + sum("\ud800" <= one <= "\udfff" for one in text)
