"""What ruff says of a text, whatever the text and this project's settings say about ruff."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from functools import cache

from ruff import find_ruff_bin  # type: ignore[import-untyped]

OPTIONS = (
    *("check", "--isolated", "--no-cache", "--ignore-noqa", "--exit-zero"),
    *("--output-format", "json"),
)


def codes(path: str, source: str, select: Iterable[str]) -> tuple[str, ...]:
    """The code of each diagnostic; of one that is no Python, `invalid-syntax`."""
    return selected(path, source, ",".join(select))


@cache
def selected(path: str, source: str, select: str) -> tuple[str, ...]:
    ran = subprocess.run(
        [find_ruff_bin(), *OPTIONS, "--select", select, "--stdin-filename", path, "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(one["code"] for one in json.loads(ran.stdout))
