"""One copy of the files, with a candidate in it, in which commands run confined."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from code_agent.verdict import Check
from executors.exits import said
from executors.handler import Context, Ran
from executors.projects.workplace import beside
from executors.safe_files import read_file, remove_file
from ygg.errors import BadInput

INSIDE = Path(__file__).parent / "inside"
PYTHON = sys.executable
SEEN_BYTES = 64 * 1024

Reading = Callable[[Ran], tuple[bool | None, str]]
"""Whether it passed, and what to say of it."""


def by_exit_code(ran: Ran) -> tuple[bool | None, str]:
    return ran.exit_code == 0, said(ran) if ran.exit_code else ""


@dataclass(frozen=True)
class Trial:
    context: Context
    root: Path
    folder: Path
    """Where commands run."""
    digest: str
    """SHA-256 of all files as they are before any command runs."""
    readable: tuple[Path, ...]
    env: Mapping[str, str]
    most_seconds: float

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        keep_bytes: int = SEEN_BYTES,
        seconds: float | None = None,
    ) -> Ran:
        """The network is closed to it, and it sees nothing but these files and the system."""
        fixed = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        return self.context.run(
            argv,
            cwd=self.folder / cwd,
            env={**fixed, **self.env, **(env or {})},
            stdin=stdin,
            logged=False,
            keep_bytes=keep_bytes,
            seconds=min(seconds or self.most_seconds, self.most_seconds),
            readable=(*self.readable, INSIDE, *beside(argv[0])),
        )

    def check(
        self,
        name: str,
        argv: Sequence[str],
        read: Reading = by_exit_code,
        *,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
    ) -> Check:
        """Run a command, and say what came of it as a check."""
        began = time.monotonic()
        ran = self.run(argv, env=env, stdin=stdin)
        seconds = time.monotonic() - began
        passed, says = read(ran)
        if ran.timed_out:
            passed, says = False, f"stopped after {seconds:.0f} s"
        return Check(
            name=name,
            passed=passed,
            says=says,
            command=tuple(argv),
            exit_code=ran.exit_code,
            of=self.digest,
            seconds=seconds,
        )

    def report_file(self) -> Path:
        """A fresh name in the workspace for what a command is to write."""
        return self.context.workspace / f"report-{secrets.token_hex(8)}"

    def take_report(self, file: Path, most_bytes: int = 8 * 1024 * 1024) -> bytes | None:
        """What a command wrote there. It may be anything; nothing, if it wrote nothing."""
        try:
            content = read_file(file, self.context.workspace, most_bytes)
        except BadInput:
            return None
        finally:
            remove_file(self.context.workspace, file.name)
        return content
