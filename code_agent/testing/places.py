"""From where a file can be imported, and where its tests go."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import PurePosixPath

from code_agent.checks.module import imports, module_of
from code_agent.python.source import parsed
from code_agent.testing.subject import Subject
from code_agent.work import Work
from executors.handler import Failed
from ygg.errors import YggError

TEST_FOLDERS = ("tests", "test")
MOST_EXISTING = 20
_SECONDS = 20.0


def subject_of(work: Work, path: str, test_path: str, others: Sequence[str]) -> Subject:
    """`Failed` where the file cannot even be imported: then nothing of it can be tested.
    `others` are test files that are going to be there."""
    source = work.text(path)
    first = ""
    for below in _folders(work, path):
        module = module_of(posixpath.relpath(path, below))
        if not all(part.isidentifier() for part in module.split(".")):
            continue
        with work.trial({}) as trial:
            there = replace(trial, folder=trial.root / below, most_seconds=_SECONDS)
            check = imports(there, module)
        if check.passed:
            return Subject(path, source, module, below, test_path or _test_path(work, path, others))
        first = first or check.says
    why = first or "its name is no name of a module"
    raise Failed(f"{path} cannot be imported: {why}", "mend that first, or send what it needs")


def existing_tests(work: Work, subject: Subject) -> list[str]:
    """Test files that import the module."""
    found = [
        path
        for path in sorted(work.tree.digests)
        if _is_test_file(path) and _imports(work, path, subject.module)
    ]
    return found[:MOST_EXISTING]


def _folders(work: Work, path: str) -> Iterator[str]:
    """The folder to work in, its `src`, and the file's own, or the one around its package."""
    root = work.checkout.folder.relative_to(work.root).as_posix()
    own = posixpath.dirname(path)
    while work.has(posixpath.join(own, "__init__.py")):
        own = posixpath.dirname(own)
    around = [posixpath.join(root, "src"), root, own or "."]
    wanted = [posixpath.normpath(one) for one in around]
    yield from (one for one in dict.fromkeys(wanted) if _is_in(path, one))


def _is_in(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _test_path(work: Work, path: str, others: Sequence[str]) -> str:
    root = work.checkout.folder.relative_to(work.root).as_posix()
    folder = posixpath.dirname(path)
    for name in TEST_FOLDERS:
        tests = posixpath.normpath(posixpath.join(root, name))
        if any(one.startswith(f"{tests}/") for one in work.tree.digests):
            folder = tests
            break
    stem = PurePosixPath(module_of(path).replace(".", "/")).name
    taken = {posixpath.basename(one) for one in (*work.tree.digests, *others)}
    return posixpath.join(folder, next(one for one in _names(stem) if one not in taken))


def _names(stem: str) -> Iterator[str]:
    """pytest wants each test file to have a name of its own."""
    yield f"test_{stem}.py"
    yield f"test_{stem}_more.py"
    number = 1
    while True:
        number += 1
        yield f"test_{stem}_more_{number}.py"


def _is_test_file(path: str) -> bool:
    """By a name that pytest looks for."""
    name = posixpath.basename(path)
    return fnmatch(name, "test_*.py") or fnmatch(name, "*_test.py")


def _imports(work: Work, path: str, module: str) -> bool:
    try:
        tree = parsed(work.text(path))
    except (SyntaxError, Failed, YggError):
        return False
    package, _, last = module.rpartition(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(one.name == module for one in node.names):
            return True
        if isinstance(node, ast.ImportFrom):
            names = {one.name for one in node.names}
            if node.module == module or (node.module == package and last in names):
                return True
    return False
