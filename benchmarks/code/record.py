"""One result of one task, and the file that results are kept in as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from benchmarks.code_tasks.task import Frozen, Result
from benchmarks.wait import BenchmarkError

By = Literal["once", "agent"]
Verdict = Literal["", "verified", "unverified", "refuted", "failed"]
"""None of the model asked once. `failed`: there is no result to judge."""

WHO: tuple[By, ...] = ("once", "agent")


class Record(Frozen):
    """What came of a task, and whether it is right."""

    task: str
    label: str
    round: int
    by: By
    verdict: Verdict = ""
    says: str = ""
    """Why it is of that verdict, or what went wrong."""
    right: bool = False
    reasons: tuple[str, ...] = ()
    """Why it is not right."""
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0
    """From question to result, as somebody outside sees it."""
    inside_seconds: float = 0
    """The agent's own count of the same, from when its handler began."""
    model_seconds: float = 0
    check_seconds: float = 0
    result: Result = Result()

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def key(self) -> tuple[str, int, By]:
        return self.task, self.round, self.by


class Subject(Frozen):
    """What all the results of a file are of."""

    corpus: str
    model: str
    digest: str
    agent: str
    """The version of Yggdrasil."""


class Kept:
    """Results by task, round and asker; with a file, also those of a run that was broken off."""

    def __init__(self, subject: Subject, path: Path | None = None) -> None:
        self.subject = subject
        self._path = path
        self._records: dict[tuple[str, int, By], Record] = {}
        if path is None:
            return
        lines = _whole_lines(path)
        if not lines:
            path.write_text(subject.model_dump_json() + "\n", encoding="utf-8")
            return
        self._refuse_others(path, lines[0])
        for line in lines[1:]:
            self._remember(Record.model_validate_json(line))

    def __contains__(self, key: tuple[str, int, By]) -> bool:
        return key in self._records

    def add(self, record: Record) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(record.model_dump_json() + "\n")
        self._remember(record)

    def of(self, keys: Iterable[tuple[str, int, By]]) -> list[Record]:
        return [self._records[key] for key in keys if key in self._records]

    def _remember(self, record: Record) -> None:
        self._records[record.key] = record

    def _refuse_others(self, path: Path, first: str) -> None:
        found = Subject.model_validate_json(first)
        other = [name for name, value in found if value != getattr(self.subject, name)]
        if other:
            raise BenchmarkError(f"{path} holds results of another {' and '.join(other)}")


def _whole_lines(path: Path) -> list[str]:
    """What was broken off in the middle of a line is taken out of the file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    lines = whole.splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            json.loads(line)
        except ValueError:
            raise BenchmarkError(f"{path}:{number}: holds no result of this benchmark") from None
    return lines
