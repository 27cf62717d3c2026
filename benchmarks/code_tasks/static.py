"""What is wrong with a result, by label, as far as it shows without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from benchmarks.code_tasks import docstrings, facts, lint
from benchmarks.code_tasks.signatures import headers, parameters
from benchmarks.code_tasks.task import Finding, Result, Task, is_test

LINES_OFF = 1
"""How far from the defect a finding may point."""
FINDINGS_BESIDES = 2
"""How many other lines a right review may also question."""


def complaints(task: Task, result: Result) -> tuple[str, ...]:
    """Whatever is wrong that no code has to be run for."""
    if unsafe := [path for path in result.files if not is_inside(path)]:
        return (f"writes outside its folder: {', '.join(unsafe)}",)
    texts = {**task.files, **result.files}
    if broken := [path for path, text in texts.items() if not parses(path, text)]:
        return (f"not Python: {', '.join(broken)}",)
    return tuple(OF_LABEL[task.label](task, result))


def is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return bool(parts.parts) and not parts.is_absolute() and ".." not in parts.parts


def parses(path: str, text: str) -> bool:
    if not path.endswith(".py"):
        return True
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def of_generate(task: Task, result: Result) -> Iterator[str]:
    name = module_name(task)
    if name not in result.files:
        yield f"no {name}"
        return
    signature = task.params.get("signature")
    if signature:
        wanted = headers(f"{signature} ...")
        written = headers(result.files[name])
        for function, header in wanted.items():
            if written.get(function) != header:
                yield f"{function}: not the signature that was asked for"


def module_name(task: Task) -> str:
    return str(task.params.get("name", "solution.py"))


def of_refactor(task: Task, result: Result) -> Iterator[str]:
    yield from unchanged(task, result, tests=True)
    before = task.source()
    after = result.files.get(next(iter(task.sources())), before)
    if after == before:
        yield "nothing was changed"
        return
    written = headers(after)
    for name, header in headers(before).items():
        if written.get(name) != header:
            yield f"{name}: its signature changed"
    if facts.most_branches(ast.parse(after)) > facts.most_branches(ast.parse(before)):
        yield "more complex than before"
    for fact in task.hidden.facts:
        if not facts.holds(after, str(fact[0]), *fact[1:]):
            yield f"not {' '.join(str(part) for part in fact)}"


def of_fix_lint(task: Task, result: Result) -> Iterator[str]:
    yield from unchanged(task, result, tests=True)
    select = task.params["select"]
    assert isinstance(select, list)
    for path, before in task.sources().items():
        after = result.files.get(path, before)
        if "noqa" in after or "type: ignore" in after:
            yield f"{path}: silences what it should mend"
        for code in lint.codes(path, after, [str(rule) for rule in select]):
            yield f"{path}: {code}"
        if not parameters(before).items() <= parameters(after).items():
            yield f"{path}: takes something else than before"


def of_test(task: Task, result: Result) -> Iterator[str]:
    yield from unchanged(task, result, tests=False)
    if not any(is_test(path) for path in result.files):
        yield "no test file"


def of_document(task: Task, result: Result) -> Iterator[str]:
    yield from unchanged(task, result, tests=True)
    for path, before in task.sources().items():
        after = result.files.get(path, before)
        style = str(task.params["style"])
        yield from docstrings.complaints(before, after, style, task.hidden.about)


def of_fix(task: Task, result: Result) -> Iterator[str]:
    for path, text in result.files.items():
        checks = is_test(path) or not path.endswith(".py")
        if checks and task.files.get(path) != text:
            yield f"{path}: was not to be changed"


def unchanged(task: Task, result: Result, *, tests: bool) -> Iterator[str]:
    """Files that the label has no business with: new ones, and tests or sources."""
    for path, text in result.files.items():
        if path in task.files:
            if is_test(path) is tests and task.files[path] != text:
                yield f"{path}: was not to be changed"
        elif tests or not is_test(path):
            yield f"{path}: nobody asked for it"


def of_review(task: Task, result: Result) -> Iterator[str]:
    firm = [finding for finding in result.findings if not finding.advisory]
    if not task.hidden.lines:
        yield from (f"line {finding.line}: nothing is wrong there" for finding in firm)
        return
    seen = [finding for finding in firm if sees(task, finding)]
    if not seen:
        yield "did not see the defect"
    if len(firm) - len(seen) > FINDINGS_BESIDES:
        yield f"{len(firm) - len(seen)} other findings"


def sees(task: Task, finding: Finding) -> bool:
    near = any(abs(finding.line - line) <= LINES_OFF for line in task.hidden.lines)
    return near and any(word in finding.says.lower() for word in task.hidden.words)


OF_LABEL = {
    "code-generate": of_generate,
    "code-refactor": of_refactor,
    "code-test": of_test,
    "code-document": of_document,
    "code-fix-lint": of_fix_lint,
    "code-review": of_review,
    "code-fix": of_fix,
}
