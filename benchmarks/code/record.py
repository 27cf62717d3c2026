"""One result of one task, and the file that results are kept in as they come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

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
    busy_seconds: float | None = None
    """While the model wrote or a check ran; nothing in records that an earlier version kept."""
    result: Result = Result()

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    @property
    def waited_seconds(self) -> float:
        """For the model or a check; in earlier records, for both at a time, twice."""
        both = self.model_seconds + self.check_seconds
        return both if self.busy_seconds is None else self.busy_seconds

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
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if not text:
            path.write_text(subject.model_dump_json() + "\n", encoding="utf-8")
            return
        # The last line may be half of one, where the run was broken off.
        whole = text[: text.rfind("\n") + 1]
        first, *lines = whole.split("\n")[:-1] or [text]
        try:
            found = Subject.model_validate_json(first)
            records = [Record.model_validate_json(line) for line in lines]
        except ValidationError:
            raise BenchmarkError(f"{path} holds something else than such results") from None
        other = [name for name, value in found if value != getattr(subject, name)]
        if other:
            raise BenchmarkError(f"{path} holds results of another {' and '.join(other)}")
        self._records = {record.key: record for record in records}
        if whole != text:
            path.write_text(whole, encoding="utf-8")

    def __contains__(self, key: tuple[str, int, By]) -> bool:
        return key in self._records

    def add(self, record: Record) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(record.model_dump_json() + "\n")
        self._records[record.key] = record

    def of(self, keys: Iterable[tuple[str, int, By]]) -> list[Record]:
        return [self._records[key] for key in keys if key in self._records]
