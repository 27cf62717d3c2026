"""Reads the tasks, and knows whether they are still the frozen ones."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from benchmarks.code_tasks.task import Edit, Files, Result, Task, is_test

R = TypeVar("R", bound=Result)

FOLDER = Path(__file__).parent
FROZEN = FOLDER / "FROZEN"
LABELS = (
    "code-generate",
    "code-refactor",
    "code-test",
    "code-document",
    "code-fix-lint",
    "code-review",
    "code-fix",
)


class CorpusError(Exception):
    """A task's file does not say what it has to."""


@cache
def tasks(label: str) -> tuple[Task, ...]:
    """Those of one label, in the order of their names."""
    folder = FOLDER / label.removeprefix("code-")
    return tuple(read(path, label) for path in sorted(folder.glob("*.toml")))


def all_tasks() -> Iterator[Task]:
    for label in LABELS:
        yield from tasks(label)


def read(path: Path, label: str) -> Task:
    name = f"{path.parent.name}/{path.stem}"
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    task = Task.model_validate({"id": name, "label": label, **data})
    reference = whole(task.reference, task.files, name)
    wrong = tuple(whole(one, reference.files, name) for one in task.wrong)
    return task.model_copy(update={"reference": reference, "wrong": wrong})


def whole(result: R, start: Files, name: str) -> R:
    """The result with its edits made, `start` being what they are edits to."""
    if not result.edits:
        return result
    files = edited(start, result.edits, name)
    return result.model_copy(update={"files": files, "edits": ()})


def edited(files: Files, edits: Iterable[Edit], name: str) -> dict[str, str]:
    changed = dict(files)
    for edit in edits:
        path = edit.path or only(files, name)
        if changed[path].count(edit.old) != 1:
            raise CorpusError(f"{name}: not exactly once in {path}: {edit.old!r}")
        changed[path] = changed[path].replace(edit.old, edit.new)
    return changed


def only(files: Files, name: str) -> str:
    """The path of the one file there is, tests not counted where there is another."""
    paths = [path for path in files if not is_test(path)] or list(files)
    if len(paths) != 1:
        raise CorpusError(f"{name}: an edit has to say its path: {', '.join(paths)}")
    return paths[0]


def digests() -> dict[str, str]:
    """Of every file that decides what is right: the tasks, and the code that judges."""
    paths = [*FOLDER.glob("*.py"), *FOLDER.glob("*/*.toml")]
    return {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }


def frozen_digests() -> dict[str, str]:
    lines = FROZEN.read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def corpus_digest() -> str:
    """One number that says which corpus a measurement was made with."""
    return hashlib.sha256(FROZEN.read_bytes()).hexdigest()
