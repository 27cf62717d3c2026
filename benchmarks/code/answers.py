"""What the answer to a plain question holds, read as a person in good will would."""

from __future__ import annotations

import difflib
import re
from pathlib import PurePosixPath

from benchmarks.code_tasks.static import module_name
from benchmarks.code_tasks.task import Finding, Result, Task
from code_agent.fences import blocks

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FINDING = re.compile(
    r"[\s*>`-]*(?:\d+\.\s+)?[*`]*(?:[\w./-]+\.py:)?(?:line:?\s*)?\[?(\d{1,4})\]?[*`]*\s*[:-]\s*(\S.*)",
    re.IGNORECASE,
)
PYTHON = ("", "python", "py", "python3")


def result_of(task: Task, text: str) -> Result:
    text = _THOUGHT.sub("", text)
    if task.label == "code-review":
        return Result(findings=findings(text))
    code = first_code(text)
    return Result(files={place(task, code): code}) if code else Result()


def first_code(text: str) -> str:
    """The first block of Python, cut off or not; an answer without any block is taken whole."""
    found = [one for one in blocks(text) if one.code.strip()]
    python = [one for one in found if one.language in PYTHON] or found
    return python[0].code if python else text.strip()


def place(task: Task, code: str) -> str:
    """The file that it is to be."""
    if task.label == "code-generate":
        return module_name(task)
    sources = {path: text for path, text in task.sources().items() if path.endswith(".py")}
    if task.label == "code-test":
        module = PurePosixPath(next(iter(sources)))
        return str(module.with_name(f"test_{module.name}"))
    first = code.lstrip().partition("\n")[0]
    named = [path for path in sources if first.startswith("#") and path in first]
    alike = {path: likeness(code, text) for path, text in sources.items()}
    return max(named, key=len) if named else max(alike, key=lambda path: alike[path])


def likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def findings(text: str) -> tuple[Finding, ...]:
    found = [_FINDING.match(line) for line in text.splitlines()]
    return tuple(Finding(line=int(one[1]), says=one[2].strip()) for one in found if one)
