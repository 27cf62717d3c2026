"""What the model is asked without the harness: one plain question a task, as a person would put it.

It has all that the agent is given, and what a person would have seen before asking: what the linter
said, how the tests failed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from benchmarks.code_tasks.static import module_name
from benchmarks.code_tasks.task import Files, Task, is_test
from ygg.models.port import Message

SYSTEM = "You are an expert Python programmer."
ANSWER = "Answer with the whole {} in one code block, and nothing else."
STYLES = {
    "google": 'in Google style: a summary, then "Args:" and "Returns:"',
    "numpy": 'in NumPy style: a summary, then "Parameters" and "Returns", underlined with dashes',
    "sphinx": 'in Sphinx style: a summary, then ":param name:" and ":returns:"',
}
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def question(task: Task, seen: str = "") -> tuple[Message, ...]:
    """`seen` is what a tool said of the files."""
    text = QUESTIONS[task.label](task, seen)
    return Message("system", SYSTEM), Message("user", text)


def of_generate(task: Task, seen: str) -> str:
    params = task.params
    parts = [f"Write the Python module {module_name(task)}.", str(params["spec"]).strip()]
    if signature := params.get("signature"):
        parts += ["It has this signature:", block(str(signature))]
    if tests := params.get("tests"):
        parts += ["It must pass these tests:", block(str(tests))]
    return together(*parts, ANSWER.format("module"))


def of_refactor(task: Task, seen: str) -> str:
    keep = "Keep names, parameters and behaviour as they are, unless that was asked for."
    return together(*shown(task.sources()), str(task.params["guidance"]), keep, *tests_of(task))


def tests_of(task: Task) -> list[str]:
    tests = {path: text for path, text in task.files.items() if is_test(path)}
    whole = ANSWER.format(f"changed {next(iter(task.sources()))}")
    if not tests:
        return [whole]
    return ["Its tests must still pass.", *shown(tests), f"Do not change them. {whole}"]


def of_test(task: Task, seen: str) -> str:
    module = PurePosixPath(next(iter(task.sources()))).stem
    wanted = (
        f"Write pytest tests for it, importing from {module}, that would notice a mistake in it:"
        " usual cases and edge cases, with the results that its names and docstrings promise."
    )
    return together(*shown(task.sources()), wanted, ANSWER.format("test file"))


def of_document(task: Task, seen: str) -> str:
    style = STYLES[str(task.params["style"])]
    wanted = (
        f"Add a docstring to every public function, class and method that has none, {style}."
        " Describe every parameter. Change nothing else, comments included."
    )
    return together(*shown(task.sources()), wanted, ANSWER.format(next(iter(task.sources()))))


def of_fix_lint(task: Task, seen: str) -> str:
    wanted = (
        "Correct what it complains of, in the code and not with noqa comments."
        " The code must do what it did, and take the same parameters."
    )
    said = ["ruff says:", block(seen, "")]
    return together(*shown(task.sources()), *said, wanted, *tests_of(task))


def of_review(task: Task, seen: str) -> str:
    diff = task.params.get("diff")
    what = "this change" if diff else "this file"
    parts = [numbered_diff(str(diff))] if diff else numbered(task.sources())
    wanted = (
        f"Review {what}: find the bugs in it, if there are any. The number of each line stands"
        " before it. Answer with one line for each bug, and nothing else, in this form:\n\n"
        "LINE: what is wrong\n\nIf there is no bug, answer: none"
    )
    return together(*parts, wanted)


def of_fix(task: Task, seen: str) -> str:
    several = len([path for path in task.sources() if path.endswith(".py")]) > 1
    where = " Its first line is a comment with its path: # path/to/file.py" if several else ""
    wanted = (
        "Correct the code, and leave tests and settings as they are. Answer with the whole file"
        f" that has to change in one code block, and nothing else.{where}"
    )
    return together(*shown(task.files), "pytest says:", block(seen, ""), wanted)


QUESTIONS: Mapping[str, Callable[[Task, str], str]] = {
    "code-generate": of_generate,
    "code-refactor": of_refactor,
    "code-test": of_test,
    "code-document": of_document,
    "code-fix-lint": of_fix_lint,
    "code-review": of_review,
    "code-fix": of_fix,
}


def together(*parts: str) -> str:
    return "\n\n".join(parts)


def block(text: str, language: str = "python") -> str:
    return f"```{language}\n{text.strip()}\n```"


def shown(files: Files) -> list[str]:
    python = {path: "python" if path.endswith(".py") else "" for path in files}
    return [f"{path}:\n{block(text, python[path])}" for path, text in files.items()]


def numbered(files: Files) -> list[str]:
    parts = []
    for path, text in files.items():
        lines = [f"{number:3} {line}" for number, line in enumerate(text.splitlines(), start=1)]
        parts.append(f"{path}:\n```\n" + "\n".join(lines) + "\n```")
    return parts


def numbered_diff(diff: str) -> str:
    """Each line that is there afterwards with the number that it has then."""
    number, lines = 0, []
    for line in diff.splitlines():
        hunk = _HUNK.match(line)
        if hunk:
            number = int(hunk[1])
        has_number = bool(number) and not hunk and not line.startswith("-")
        lines.append(f"{number:3} {line}" if has_number else f"    {line}")
        number += has_number
    return "```diff\n" + "\n".join(lines) + "\n```"
