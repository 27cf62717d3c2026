"""What ruff says of a text, whatever the text and this project's settings say about ruff."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

RUFF = (
    *(sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--ignore-noqa"),
    *("--exit-zero", "--output-format", "json"),
)


def codes(path: str, source: str, select: Sequence[str]) -> list[str]:
    """The code of each diagnostic; of one that is no Python, `invalid-syntax`."""
    ran = subprocess.run(
        [*RUFF, "--select", ",".join(select), "--stdin-filename", path, "-"],
        input=source,
        capture_output=True,
        text=True,
        check=True,
    )
    return [one["code"] for one in json.loads(ran.stdout)]
