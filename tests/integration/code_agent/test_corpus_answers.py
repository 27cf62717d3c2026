"""The plausible wrong answers of the frozen tasks, given by a model that a test writes.

Whatever is verified of them must be right all the same: a linter's own fix may come out of it. Of
`code-generate` and `code-fix` only those that know the tests: else their tests are what decides.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.code.confined import Bench
from benchmarks.code_tasks.corpus import tasks
from benchmarks.code_tasks.task import Result, Task, Wrong
from executors.handler import Handler
from tests.corpus_answers import answers
from tests.integration.code_agent.conftest import CodeTasks
from ygg.machine_settings import SandboxSettings
from ygg.task import Verdict

LABELS = ("code-generate", "code-fix", "code-refactor", "code-fix-lint")
KNOWS = re.compile(r"\bonly knows\b|\bknows the tests?\b|\bmade for the tests?\b")
TESTED = ("code-generate", "code-fix")
NOT_SEEN = {
    "refactor/flatten-nesting-discount": "less nested is enough of flat",
}
"""What is verified though it is wrong, and why: each is one to mend."""


def _wrong(task: Task) -> list[Wrong]:
    return [one for one in task.wrong if task.label not in TESTED or KNOWS.search(one.why)]


def _cases(label: str) -> Iterator[Any]:
    for number, task in enumerate(one for one in tasks(label) if _wrong(one)):
        marks = [pytest.mark.slow] * (number > 0)
        if task.id in NOT_SEEN:
            marks.append(pytest.mark.xfail(strict=True, reason=NOT_SEEN[task.id]))
        yield pytest.param(task, marks=marks, id=task.id)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("task", [case for label in LABELS for case in _cases(label)])
def test_no_wrong_answer_is_verified(code: CodeTasks, tmp_path: Path, task: Task) -> None:
    (tmp_path / "bench").mkdir()
    bench = Bench(SandboxSettings(), tmp_path / "bench")
    handler = _handler(task.label)
    for wrong in _wrong(task):
        ended = code.run(handler, {**task.shown(), "answers": 1}, answers(task, wrong), task.files)
        if ended.outcome.verdict is Verdict.VERIFIED:
            ruled = bench.ruling(task, _result(ended.result))
            assert ruled.right, f"{wrong.why}: {ruled.reasons}\n{ended.log}"


def _handler(label: str) -> Handler:
    module = importlib.import_module(f"code_agent.handlers.{label.replace('-', '_')}")
    found: Handler = next(
        one for one in vars(module).values() if getattr(one, "label", "") == label
    )
    return found


def _result(told: Any) -> Result:
    return Result(files={one["path"]: one["content"] or "" for one in told["changes"]})
