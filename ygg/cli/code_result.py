"""The result of a code- task, as far as commands read it.

An executor wrote it, perhaps one of another version: what has another shape is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeGuard

from ygg.code_results import BRANCHES
from ygg.errors import YggError

VERDICTS = ("verified", "unverified", "refuted")

Result = Mapping[str, object]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = re.compile(rf"{BRANCHES}[A-Za-z0-9][A-Za-z0-9_-]*(?:[./][A-Za-z0-9][A-Za-z0-9_-]*)*")


class Change(NamedTuple):
    """One file: what it was, and what it becomes. No digest: it is not there."""

    path: str
    before: str | None
    after: str | None
    content: str | None
    """Nothing where it is too large for a result: then an artifact has it."""


class Branch(NamedTuple):
    """One commit on top of another, in the artifact `change.bundle`."""

    name: str
    commit: str
    base: str


def is_code_result(result: object) -> TypeGuard[Result]:
    return (
        isinstance(result, Mapping)
        and result.get("verdict") in VERDICTS
        and isinstance(result.get("checks"), list)
    )


def proposes(result: object) -> bool:
    """Whether there is something in it that could be applied."""
    return is_code_result(result) and bool(result.get("changes") or result.get("branch"))


def changes_of(result: Result) -> list[Change]:
    found = result.get("changes")
    if found is None:
        return []
    if not isinstance(found, list):
        raise _unreadable("its changes are no list")
    return [_change(each) for each in found]


def branch_of(result: Result) -> Branch | None:
    found = result.get("branch")
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise _unreadable("its branch is no object")
    name = _matching(found, "name", _BRANCH)
    commit, base = _matching(found, "commit", _COMMIT), _matching(found, "base", _COMMIT)
    if name is None or commit is None or base is None:
        raise _unreadable("its branch lacks a name or a commit")
    return Branch(name, commit, base)


def _change(found: object) -> Change:
    path = found.get("path") if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping) or not isinstance(path, str):
        raise _unreadable("one of its changes names no file")
    _check_path(path)
    content = found.get("content")
    if content is not None and not isinstance(content, str):
        raise _unreadable(f"the content of {path!r} is no text")
    change = Change(
        path, _matching(found, "before", _DIGEST), _matching(found, "after", _DIGEST), content
    )
    if change.before == change.after:
        raise _unreadable(f"{path!r} would stay what it is")
    return change


def _check_path(path: str) -> None:
    """A file below the folder, and none that git itself obeys."""
    parts = path.split("/")
    outside = any(part in ("", ".", "..") for part in parts)
    if outside or not path.isprintable() or is_gits_own(parts):
        raise _unreadable(f"{path!r} is no file that a result may change")


def is_gits_own(parts: Iterable[str]) -> bool:
    return any(part.lower() == ".git" for part in parts)


def _matching(found: Mapping[str, object], name: str, shape: re.Pattern[str]) -> str | None:
    value = found.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise _unreadable(f"its {name} cannot be {str(value)[:80]!r}")
    return value


def _unreadable(why: str) -> YggError:
    return YggError(
        f"the result is not one that can be applied: {why}",
        hint="was it made by another version? `ygg version` and `ygg executors` tell",
    )
