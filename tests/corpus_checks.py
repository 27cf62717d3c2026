"""What has to hold of every corpus of tasks that the benchmark is run with."""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from benchmarks.code_tasks import lint
from benchmarks.code_tasks.judge import (
    RUN_TRIALS,
    Outcomes,
    bad_endings,
    lay_down,
    read_outcomes,
    ruling,
    trials,
)
from benchmarks.code_tasks.static import complaints
from benchmarks.code_tasks.task import Files, Result, Task, Wrong

NOTHING = Wrong(why="hands in nothing")

Judged = tuple[Task, Result, Outcomes]


def mistakes(tasks: Iterable[Task], folder: Path) -> list[str]:
    """References that are not right, wrong results that are, and mutants that nobody can tell."""
    found = []
    for task, result, outcomes in judged(tasks, folder):
        said = ruling(task, result, outcomes)
        if said.right is isinstance(result, Wrong):
            what = result.why if isinstance(result, Wrong) else "reference"
            found.append(f"{task.id}, {what}: {said}")
        if result is task.reference:
            found += [f"{task.id}: {name} cannot be told" for name in not_told(outcomes)]
    return found


def judged(tasks: Iterable[Task], folder: Path) -> list[Judged]:
    """Every result the tasks have with how its tests ended, run in one process."""
    results = [(task, result) for task in tasks for result in results_of(task)]
    for number, (task, result) in enumerate(results):
        if not complaints(task, result):
            folders = trials(task, result)
            lay_down({f"{number}.{name}": files for name, files in folders.items()}, folder)
    ended = run(folder)
    return [
        (task, result, of_number(ended, number)) for number, (task, result) in enumerate(results)
    ]


def results_of(task: Task) -> list[Result]:
    nothing_is_right = task.label == "code-review" and not task.hidden.lines
    return [task.reference, *task.wrong, *([] if nothing_is_right else [NOTHING])]


def failing(folders: Mapping[str, Files], folder: Path) -> set[str]:
    """Which of some projects have a test that fails."""
    lay_down(folders, folder)
    return {name for name, tests in run(folder).items() if bad_endings(tests)}


def run(folder: Path) -> dict[str, dict[str, str]]:
    """With temporary folders of its own: pytest removes those of others, if there are many."""
    temporary = folder.with_name(f"{folder.name}-tmp")
    temporary.mkdir(exist_ok=True)
    ran = subprocess.run(
        [sys.executable, str(RUN_TRIALS), str(folder)],
        env=os.environ | {"TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=True,
    )
    return read_outcomes(ran.stdout)


def of_number(ended: dict[str, dict[str, str]], number: int) -> Outcomes:
    parted = ((key.partition("."), tests) for key, tests in ended.items())
    return {name: tests for (first, _, name), tests in parted if first == str(number)}


def not_told(outcomes: Outcomes) -> list[str]:
    """The mutants that even the reference's tests take for the submitted source."""
    mutants = (name for name in outcomes if name.startswith("mutant"))
    return [name for name in mutants if not bad_endings(outcomes[name])]


def given_away(tasks: Iterable[Task]) -> list[str]:
    """Lines that decide and are shown."""
    return [
        f"{task.id}: {line}"
        for task in tasks
        for line in hidden_lines(task)
        if line in shown_lines(task)
    ]


def shown_lines(task: Task) -> set[str]:
    params = (text for text in task.params.values() if isinstance(text, str))
    return {line.strip() for text in (*task.files.values(), *params) for line in text.splitlines()}


def hidden_lines(task: Task) -> Iterator[str]:
    """Those that would give something away: what is asserted, and the words of a review."""
    texts = [task.hidden.tests]
    if task.label == "code-test":
        texts += task.reference.files.values()
    for text in texts:
        yield from (line.strip() for line in text.splitlines() if "assert " in line)
    for result in (task.reference, *task.wrong):
        yield from (finding.says for finding in result.findings)


def rules_kept(tasks: Iterable[Task]) -> set[tuple[str, str]]:
    """Rules that a task selects and that its code breaks nowhere."""
    return {
        (task.id, rule)
        for task in tasks
        for rule in map(str, task.params["select"])  # type: ignore[arg-type]
        if rule not in lint.codes("x.py", task.source(), [rule])
    }


def examples_tried(tasks: Iterable[Task]) -> int:
    """How many examples there are in specs; each has to be what the reference does."""
    tried = 0
    for task in tasks:
        names: dict[str, object] = {}
        exec(task.reference.files["solution.py"], names)  # noqa: S102  the corpus' own code
        spec = str(task.params["spec"])
        examples = doctest.DocTestParser().get_doctest(spec, names, task.id, None, None)
        ended = doctest.DocTestRunner(verbose=False).run(examples)
        assert ended.failed == 0, task.id
        tried += ended.attempted
    return tried
