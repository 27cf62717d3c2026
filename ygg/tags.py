"""What an executor has and what a task needs: words such as `gpu`, `arch:arm64`, `memory:16`.

An amount is needed at least: an executor with `memory:32` has `memory:16`.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable

TAG = re.compile(r"[a-z][a-z0-9_-]*(:[a-z0-9._-]+)?")
_GIB = 1024**3


def lacking(needs: Iterable[str], tags: Iterable[str]) -> list[str]:
    """Those of the needs that the tags do not meet."""
    has = frozenset(tags)
    return sorted(need for need in needs if need not in has and not _enough(need, has))


def _enough(need: str, tags: frozenset[str]) -> bool:
    kind, _, wanted = need.partition(":")
    if not wanted.isdecimal():
        return False
    amounts = [tag.partition(":")[2] for tag in tags if tag.startswith(f"{kind}:")]
    return any(amount.isdecimal() and int(amount) >= int(wanted) for amount in amounts)


def with_facts(tags: Iterable[str]) -> frozenset[str]:
    """The tags that were given, and what the machine itself says where they are silent."""
    given = frozenset(tags)
    kinds = {tag.partition(":")[0] for tag in given}
    return given | {
        fact for fact in (architecture(), memory()) if fact.partition(":")[0] not in kinds
    }


def architecture() -> str:
    return f"arch:{platform.machine().lower() or 'unknown'}"


def memory() -> str:
    """In whole GiB, rounded: what a machine is sold with."""
    return f"memory:{round(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / _GIB)}"
