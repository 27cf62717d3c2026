"""Which versions of coordinator and executor work together: neighbours, of one major version.

A fleet goes from one minor version to the next machine by machine, in either order, so both must
read what the version before and after theirs says. Nobody tries more than that. What comes behind
the minor version, a patch or `rc1` or `.dev3`, makes no difference.
"""

from __future__ import annotations

import re

_MOST = 100
_VERSION = re.compile(r"(?P<major>[0-9]{1,9})\.(?P<minor>[0-9]{1,9})(?:[.+_a-z-].*)?")


def why_refused(executor: str, coordinator: str) -> str:
    """Why the two do not work together, and what to do; nothing when they do."""
    if executor == coordinator:
        return ""
    ours, theirs = _minor(executor), _minor(coordinator)
    if ours is None or theirs is None:
        return f"{_both(executor, coordinator)}, and only MAJOR.MINOR.PATCH can be compared"
    if ours[0] == theirs[0] and abs(ours[1] - theirs[1]) <= 1:
        return ""
    behind = "coordinator" if ours > theirs else "executor"
    return f"{_both(executor, coordinator)}: update the {behind}, to {_beside(max(ours, theirs))}"


def _both(executor: str, coordinator: str) -> str:
    return (
        f"the executor is of version {executor[:_MOST]}, the coordinator of {coordinator[:_MOST]}"
    )


def _beside(newer: tuple[int, int]) -> str:
    """The next older that works with it, and its own."""
    major, minor = newer
    return " or ".join(f"{major}.{one}" for one in (minor - 1, minor) if one >= 0)


def _minor(version: str) -> tuple[int, int] | None:
    found = _VERSION.fullmatch(version) if len(version) <= _MOST else None
    return (int(found["major"]), int(found["minor"])) if found else None
