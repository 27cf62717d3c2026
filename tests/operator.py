"""Somebody who types `ygg` on a machine of their own, with a home that knows nothing yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Operator:
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def inventory(self) -> Path:
        return self.home / ".config" / "yggdrasil" / "machines.yml"

    def __call__(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        foreign = ("YGG_", "XDG_", "SSH_AUTH_SOCK")
        kept = {name: one for name, one in os.environ.items() if not name.startswith(foreign)}
        return subprocess.run(
            [sys.executable, "-P", "-m", "ygg.cli", *words],
            env=kept | {"HOME": str(self.home)} | dict(self.variables),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
