"""Somebody who types `ygg` on a machine of their own, with a home that knows nothing yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.host import LabHost


@dataclass(frozen=True)
class Operator:
    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        kept = {
            name: one for name, one in os.environ.items() if not name.startswith(("YGG_", "XDG_"))
        }
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

    def add(self, host: LabHost, *more: str) -> subprocess.CompletedProcess[str]:
        known = host.known_hosts.read_text().split(maxsplit=1)[1]
        shown = subprocess.run(
            ["ssh-keygen", "-lf", "-"], input=known, capture_output=True, text=True, check=True
        )
        login = ("--address", host.address, "--user", "root", "--key-file", str(host.key_file))
        return self(
            "machines", "add", host.name, *login, "--host-key", shown.stdout.split()[1], *more
        )
