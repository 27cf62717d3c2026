"""Tasks that leave a trace: a line in one file at each start, at each end, and while they wait."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Task = dict[str, object]


@dataclass(frozen=True)
class Line:
    """`start`, `tick` or `end` of an attempt; the file's order is the order it happened in."""

    task_id: str
    attempt: int
    what: str


class Effects:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "effects"
        self.file.touch()
        self._folder = folder

    def run(self, script: str = ":", /, **more: object) -> Task:
        """A command that says when it starts and, if it gets that far, when it ends."""
        say = f'say() {{ echo "$YGGDRASIL_TASK $1" >> {shlex.quote(str(self.file))}; }}'
        command = ["sh", "-c", f"{say}; say start; {script}; say end"]
        return {"label": "dev-run", "params": {"command": command}, **more}

    def waiting(self, gate: str = "gate", **more: object) -> Task:
        """A command that goes on until the gate is opened."""
        path = shlex.quote(str(self._folder / gate))
        return self.run(f"until [ -e {path} ]; do say tick; sleep 0.05; done", **more)

    def open(self, gate: str = "gate") -> None:
        (self._folder / gate).touch()

    def mix(self, count: int, **more: object) -> list[Task]:
        """Small ones that travel in bundles, and commands."""
        return [
            self.run(**more) if number % 3 == 0 else echo(number, **more) for number in range(count)
        ]

    def mark(self, what: str) -> None:
        """A line of the test's own."""
        with self.file.open("a") as file:
            file.write(f"test.0 {what}\n")

    def lines(self) -> list[Line]:
        found = []
        for text in self.file.read_text().splitlines():
            name, what = text.split(" ", 1)
            task_id, attempt = name.split(".")
            found.append(Line(task_id, int(attempt), what))
        return found

    def starts(self) -> Counter[tuple[str, int]]:
        """How often each attempt began."""
        return Counter((one.task_id, one.attempt) for one in self.lines() if one.what == "start")


def echo(number: int, **more: object) -> Task:
    return {"label": "dev-echo", "params": {"text": str(number)}, **more}


def ndjson(tasks: Iterable[Task]) -> bytes:
    return "\n".join(json.dumps(task) for task in tasks).encode()
