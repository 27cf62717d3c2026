"""One line of JSON for each question and each check, in a file of the executor's cache."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

FILE = Path("code", "telemetry.jsonl")
MOST_BYTES = 16 * 1024**2
"""Then the file becomes `telemetry.jsonl.1`, in place of an earlier one."""


@dataclass(frozen=True)
class Telemetry:
    file: Path
    task_id: str
    label: str

    def write(self, kind: str, **facts: JsonValue) -> None:
        line = {"at": round(time.time(), 3), "kind": kind, "task_id": self.task_id}
        text = json.dumps(line | {"label": self.label} | facts, ensure_ascii=True) + "\n"
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One write to the end of the file: lines of tasks that write at a time stay whole.
        number = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(number, text.encode())
            size = os.fstat(number).st_size
        finally:
            os.close(number)
        if size > MOST_BYTES:
            self._turn_over()

    def _turn_over(self) -> None:
        try:
            self.file.replace(self.file.with_name(self.file.name + ".1"))
        except FileNotFoundError:
            return  # another task has
