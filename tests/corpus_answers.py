"""What a model would have said to hand in a result of the corpus, one question after another."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from benchmarks.code_tasks.task import Result, Task
from code_agent.fences import blocks
from tests.scripted_model import Asked, Script

WHOLE = ("code-generate", "code-test")
"""These ask for a file."""


def answers(task: Task, result: Result) -> Script:
    """To each question the part of the result that stands where the shown code stood."""

    def script(asked: Asked) -> str:
        if task.label in WHOLE:
            return _fenced(next(text for path, text in result.files.items()))
        found = [
            (len(shown.code), shown.code, path)
            for shown in blocks(asked.whole)
            for path, before in task.sources().items()
            if shown.code.strip() and shown.code.strip("\n") in before
        ]
        if not found:
            return "I do not know."
        _, shown, path = max(found)
        before = task.files[path]
        return _fenced(_part(before, result.files.get(path, before), shown))

    return script


def _fenced(code: str) -> str:
    return f"```python\n{code.strip(chr(10))}\n```\n"


def _part(before: str, after: str, shown: str) -> str:
    """The lines that took the place of those shown, and imports that are new."""
    old, new = before.splitlines(), after.splitlines()
    first = before[: before.index(shown.strip("\n"))].count("\n")
    last = first + len(shown.strip("\n").splitlines())
    lines = [new[place] for place in _places(old, new, first, last)]
    imports = [one for one in _imports(new) if one not in old and one not in lines]
    return "\n".join([*imports, *lines])


def _places(old: list[str], new: list[str], first: int, last: int) -> Iterator[int]:
    for kind, start, end, there, ends in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            low, high = max(start, first), min(end, last)
            yield from range(there + low - start, there + max(low, high) - start)
        elif start < last and (end > first or (start == end >= first and start > 0)):
            yield from range(there, ends)


def _imports(lines: list[str]) -> Iterator[str]:
    return (one for one in lines if one.startswith(("import ", "from ")))
