"""Comments and attributes that tell a linter to be silent: none may be added."""

from __future__ import annotations

import re
import tokenize
from collections import Counter
from collections.abc import Iterator

from code_agent.languages.which import Language
from code_agent.python.source import tokens_of

_SILENCES = re.compile(
    r"""
      noqa | nosec\b | NOSONAR | noinspection | nolint | pragma:\s*no
    | type:\s*ignore | (?:mypy|pyright|pyre|pytype|basedpyright)\s*[:\-]
    | pylint:\s*(?:disable|skip) | (?:ruff|flake8|isort|fmt|yapf|autopep8|black)\s*[:=]
    | (?:eslint|jshint|jslint|tslint|stylelint|oxlint|biome|deno|prettier)[-:]
    | /\*\s*(?:eslint|globals?|exported)\b | @ts- | flow-?fixme | istanbul\s+ignore
    | (?:lint|staticcheck):\s*(?:file-)?ignore | shellcheck\s+disable
    | \#!?\[\s*(?:cfg_attr\s*\(.*?,\s*)?(?:allow|expect|rustfmt::skip)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_UNCHECKED = ("no_type_check", "no_type_check_decorator")


def added(before: str, after: str, language: Language | None) -> list[str]:
    """Those that were not there before in the same words."""
    known = Counter(_suppressions(before, language))
    told = []
    for one in _suppressions(after, language):
        known[one] -= 1
        if known[one] < 0:
            told.append(f"it silences the linter: {one[:80]}")
    return told


def _suppressions(text: str, language: Language | None) -> Iterator[str]:
    for line in _said(text, language):
        if found := _SILENCES.search(line):
            yield " ".join(line[found.start() :].split())


def _said(text: str, language: Language | None) -> Iterator[str]:
    """Of Python the comments alone: its strings may speak of them."""
    if language == "python":
        try:
            tokens = tokens_of(text)
        except SyntaxError:
            pass
        else:
            yield from (one.string for one in tokens if one.type == tokenize.COMMENT)
            yield from (f"# type: ignore, by {one.string}" for one in tokens if _unchecks(one))
            return
    yield from text.splitlines()


def _unchecks(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NAME and token.string in _UNCHECKED
