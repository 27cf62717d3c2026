"""Files that say whether a project is well: a fix may not change them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from code_agent.retrieval.unfit import unfit_path

_TEST_FOLDERS = frozenset(
    {"test", "tests", "__tests__", "__mocks__", "__snapshots__", "testdata"}
    | {"spec", "specs", "e2e", "fixtures"}
)
_TEST_NAMES = re.compile(
    r"test_.*\.py|.*_tests?\.(py|go|rs)|tests?\.(py|rs)|conftest\.py"
    r"|.*[.\-_](test|spec|e2e|cy)\.[cm]?[jt]sx?|test\.[cm]?[jt]sx?|test-.*\.[cm]?[jt]sx?"
    r"|.*\.(snap|bats)|.*_test\.sh|test_.*\.sh"
)
_SETTINGS = frozenset(
    {"pytest.ini", ".pytest.ini", "tox.ini", "tox.toml", "setup.cfg", "setup.py", "pyproject.toml"}
    | {".coveragerc", "mypy.ini", ".mypy.ini", "ruff.toml", ".ruff.toml", ".flake8", "noxfile.py"}
    | {"sitecustomize.py", "usercustomize.py", "package.json", ".mocharc.json", ".npmrc"}
    | {"Cargo.toml", "build.rs", "rust-toolchain", "rust-toolchain.toml", "go.mod", "go.work"}
    | {"tsconfig.json", "deno.json", "bunfig.toml", "Jenkinsfile", "Dockerfile", "Containerfile"}
    | {"Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Taskfile.yml"}
    | {".gitlab-ci.yml", ".travis.yml", "appveyor.yml", "azure-pipelines.yml", "action.yml"}
    | {".pre-commit-config.yaml", "codecov.yml", ".codecov.yml"}
)
_SETTINGS_LIKE = re.compile(
    r"(jest|vitest|vite|babel|karma|playwright|cypress|ava|webpack|rollup|eslint|wdio)\.config\..+"
    r"|\.(mocharc|eslintrc|babelrc|nycrc|c8rc)(\..+)?|requirements.*\.(txt|in)|.*\.pth"
)


def is_test(path: str) -> bool:
    """By its name, or by a folder that it is in."""
    at = PurePosixPath(path)
    folders = {part.lower() for part in at.parts[:-1]}
    return not _TEST_FOLDERS.isdisjoint(folders) or bool(_TEST_NAMES.fullmatch(at.name))


def is_protected(path: str, writable: Sequence[str] = ()) -> bool:
    """Tests, what says how they run, what others decided, and whatever is hidden."""
    at = PurePosixPath(path)
    if any(matches(path, glob) for glob in writable):
        return False
    return (
        is_test(path)
        or at.name in _SETTINGS
        or bool(_SETTINGS_LIKE.fullmatch(at.name))
        or bool(unfit_path(path))
        or any(part.startswith(".") for part in at.parts)
    )


def matches(path: str, glob: str) -> bool:
    """A folder stands for all that is in it."""
    return re.fullmatch(_pattern(glob.rstrip("/")) + r"(/.*)?", path) is not None


def _pattern(glob: str) -> str:
    """`*` stays within a folder, `**` does not."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    known = {"**/": r"(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts)
