"""A fleet of its own for a test, started and used as a person would: by typing `ygg`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

YGG = (sys.executable, "-P", "-m", "ygg.cli")


class EmbeddedFleet:
    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.shared = data_dir / "shared"
        """What tasks see of what the test does."""
        self.shared.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("YGG_")}
        self.environment = kept | {
            "YGG_DATA_DIR": str(data_dir),
            "XDG_CONFIG_HOME": str(data_dir / "no-config"),
            "YGG_SANDBOX__READABLE": json.dumps([str(self.shared)]),
        }

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (*YGG, *arguments),
            env=self.environment | more.pop("environment", {}),
            cwd=self.data_dir,
            capture_output=True,
            text=True,
            check=False,
            **({"stdin": subprocess.DEVNULL} if "input" not in more else {}),
            **more,
        )

    def start(self, *arguments: str, **more: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            (*YGG, *arguments),
            env=self.environment,
            cwd=self.data_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def submit(self, label: str, *arguments: str, **params: object) -> str:
        given = [f"--param={name}={json.dumps(value)}" for name, value in params.items()]
        done = self.run("submit", "--label", label, *given, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def state(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.data_dir / "embedded.json").read_text())
        except FileNotFoundError:
            return {}
        return found

    def pid(self, part: str) -> int | None:
        found: int | None = self.state.get("parts", {}).get(part, {}).get("pid")
        return found


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], Any], seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
