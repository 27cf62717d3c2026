"""The corpora: the tasks that the agent was worked on with, and those held out from that.

Both are judged by the code in code_tasks/, so its digests are part of what each is frozen with.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.code_tasks import corpus
from benchmarks.code_tasks.task import Task


@dataclass(frozen=True)
class Corpus:
    folder: Path
    caveat: str
    """What a reader of its numbers has to know."""

    @property
    def frozen(self) -> Path:
        """The digests of the day it was frozen, as sha256sum writes them."""
        return self.folder / "FROZEN"

    def tasks(self, label: str) -> tuple[Task, ...]:
        """Those of one label, in the order of their names."""
        return read_tasks(self.folder / label.removeprefix("code-"), label)

    def all_tasks(self) -> Iterator[Task]:
        for label in corpus.LABELS:
            yield from self.tasks(label)

    def digests(self) -> dict[str, str]:
        """Of every file that decides what is right: the tasks, and the code that judges."""
        paths = [*corpus.FOLDER.glob("*.py"), *self.folder.glob("*/*.toml")]
        return {
            os.path.relpath(path, self.folder): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths
        }

    def frozen_digests(self) -> dict[str, str]:
        lines = self.frozen.read_text(encoding="utf-8").splitlines()
        return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}

    def digest(self) -> str:
        """One number that says which corpus a measurement was made with."""
        return hashlib.sha256(self.frozen.read_bytes()).hexdigest()


@cache
def read_tasks(folder: Path, label: str) -> tuple[Task, ...]:
    return tuple(corpus.read(path, label) for path in sorted(folder.glob("*.toml")))


WORKED_ON = Corpus(
    corpus.FOLDER,
    "Some of the agent's own rules were made with these tasks in mind: benchmarks/code_tasks.",
)
HELD_OUT = Corpus(
    corpus.FOLDER.with_name("code_tasks_held_out"),
    "No rule of the agent was made with these tasks: benchmarks/code_tasks_held_out.",
)
