"""Whether a result is right, which only the benchmark knows.

    static.complaints(task, result)  what shows without running it
    trials(task, result)             folders to run the tests in, by a name for each
    lay_down(trials, folder)         writes them
    read_outcomes(output)            what `python run_trials.py FOLDER` printed of them
    ruling(task, result, outcomes)   what both say together

The code is a model's: run_trials.py belongs in a sandbox, with nothing but those folders.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.code_tasks.corpus import edited
from benchmarks.code_tasks.static import complaints, module_name
from benchmarks.code_tasks.task import Files, Result, Task

RUN_TRIALS = Path(__file__).with_name("run_trials.py")
HIDDEN_TESTS = "test_hidden.py"
SHOWN_TESTS = "test_shown.py"
SUBMITTED = "before.py"
GIVEN = "given"
MENDED = "mended"

Outcomes = Mapping[str, Mapping[str, str]]
"""For each trial, how each of its tests ended: `run_trials.py` prints it."""


@dataclass(frozen=True)
class Ruling:
    right: bool
    reasons: tuple[str, ...]
    """Why it is not."""


def ruling(task: Task, result: Result, outcomes: Outcomes) -> Ruling:
    """`outcomes` may be empty where `complaints` has something to say already."""
    reasons = complaints(task, result) or trial_complaints(task, outcomes)
    return Ruling(not reasons, reasons)


def trials(task: Task, result: Result) -> dict[str, dict[str, str]]:
    """The files of each folder. None for a label whose results need not be run."""
    if task.label in ("code-document", "code-review"):
        return {}
    if task.label == "code-test":
        return {name: {**result.files, **source} for name, source in sources_to_tell(task).items()}
    if task.label == "code-generate":
        return {GIVEN: generated(task, result)}
    files = {**task.files, **result.files, HIDDEN_TESTS: task.hidden.tests}
    if task.label in ("code-refactor", "code-fix-lint"):
        return {GIVEN: {**files, SUBMITTED: task.source()}}
    return {GIVEN: files}


def generated(task: Task, result: Result) -> dict[str, str]:
    """The module that was asked for, and none of what came with it: that could be tests."""
    shown = str(task.params.get("tests", ""))
    module = {path: text for path, text in result.files.items() if path == module_name(task)}
    return {**module, SHOWN_TESTS: shown, HIDDEN_TESTS: task.hidden.tests}


def lay_down(folders: Mapping[str, Files], under: Path) -> None:
    for name, files in folders.items():
        for path, text in files.items():
            place = under / name / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")


def read_outcomes(output: str) -> dict[str, dict[str, str]]:
    """Empty where there is no report: the code that was tried ended the process."""
    try:
        read = json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def trial_complaints(task: Task, outcomes: Outcomes) -> tuple[str, ...]:
    expected = trials(task, Result())
    if missing := sorted(set(expected) - set(outcomes)):
        return (f"not run: {', '.join(missing)}",)
    if not expected:
        return ()
    if task.planted_bug:
        return tuple(of_planted(outcomes[GIVEN], outcomes[MENDED]))
    if bad := bad_endings(outcomes[GIVEN]):
        return tuple(f"{test}: {ending}" for test, ending in bad.items())
    if not any(ending == "passed" for ending in outcomes[GIVEN].values()):
        return ("no test ran",)
    if task.label == "code-test":
        killed = sum(bool(bad_endings(outcomes[name])) for name in expected if name != GIVEN)
        if killed < task.hidden.kills:
            return (f"notices {killed} of {len(task.hidden.mutants)} mutants",)
    return ()


def bad_endings(tests: Mapping[str, str]) -> dict[str, str]:
    return {test: end for test, end in tests.items() if end not in ("passed", "skipped")}


def of_planted(given: Mapping[str, str], mended: Mapping[str, str]) -> Iterator[str]:
    """Tests of code that is wrong: one has to show it, none may ask for it."""
    for test, ending in bad_endings(mended).items():
        yield f"{test}: {ending} on code that is right"
    if not any(given.get(test) == "failed" for test, end in mended.items() if end == "passed"):
        yield "no test shows the bug"


def sources_to_tell(task: Task) -> dict[str, dict[str, str]]:
    """The submitted source, and each change of it that the tests ought to notice."""
    hidden = task.hidden
    told = {GIVEN: dict(task.files)}
    if hidden.mended:
        told[MENDED] = edited(task.files, [hidden.mended], task.id)
    for number, mutant in enumerate(hidden.mutants, start=1):
        told[f"mutant-{number}"] = edited(task.files, [mutant], task.id)
    return told
