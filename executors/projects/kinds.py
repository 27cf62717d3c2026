"""What kind of project a folder holds, told by its files; nothing of it is run."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from executors.safe_files import read_file
from ygg.errors import BadInput

Runner = Literal["pytest", "npm", "go", "cargo", "make"]
Builder = Literal["npm", "go", "cargo", "python", "make"]

MOST_BYTES = 1024 * 1024
MOST_FILES = 20_000
NOT_SOURCES = frozenset(
    {"node_modules", "vendor", "target", "dist", "build", "venv", "__pycache__"}
)

_PYTHON_SURE = ("pytest.ini", "tox.ini", "conftest.py", ".pytest.ini")
_PYTHON_LIKELY = ("pyproject.toml", "setup.py", "setup.cfg")
_PYTHON_TESTS = re.compile(r"(test_.*|.*_test)\.py")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_NO_TEST = "no test specified"
"""What `npm init` writes where the tests would be."""


@dataclass(frozen=True)
class Package:
    """What is said in a package.json, as far as it can be understood."""

    scripts: dict[str, str]
    dependencies: frozenset[str]


class Folder:
    """A project's folder, looked at without following links."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with os.scandir(path) as entries:
            self.files = {one.name for one in entries if one.is_file(follow_symlinks=False)}

    def text(self, name: str) -> str:
        """Of one of its files; nothing if that is missing or huge."""
        try:
            return read_file(self.path / name, self.path, MOST_BYTES).decode(errors="replace")
        except BadInput:
            return ""

    def package(self) -> Package | None:
        if "package.json" not in self.files:
            return None
        try:
            found = json.loads(self.text("package.json"))
        except (ValueError, RecursionError):
            return Package({}, frozenset())
        found = found if isinstance(found, dict) else {}
        scripts = _object(found, "scripts")
        needed = {**_object(found, "dependencies"), **_object(found, "devDependencies")}
        texts = {name: text for name, text in scripts.items() if isinstance(text, str)}
        return Package(texts, frozenset(needed))

    def make_targets(self) -> set[str]:
        text = next((self.text(name) for name in _MAKEFILES if name in self.files), "")
        return set(re.findall(r"^([A-Za-z0-9_.-]{1,80})[ \t]*:(?!=)", text, re.MULTILINE))

    def has_makefile(self) -> bool:
        return not self.files.isdisjoint(_MAKEFILES)

    def sources(self, *suffixes: str) -> list[str]:
        """Files that end so, at any depth, but for hidden folders and what others made."""
        return sorted(name for name in self._walk() if name.endswith(suffixes))

    def _walk(self) -> Iterator[str]:
        seen = 0
        for at, folders, names in os.walk(self.path):
            folders[:] = [one for one in folders if _may_have_sources(one)]
            for name in names:
                seen += 1
                if seen > MOST_FILES:
                    return
                file = Path(at, name)
                if not file.is_symlink() and _is_text(name):
                    yield file.relative_to(self.path).as_posix()


def _may_have_sources(folder: str) -> bool:
    return folder not in NOT_SOURCES and folder[0] != "." and _is_text(folder)


def _is_text(name: str) -> bool:
    return name.isprintable()


def runners_of(folder: Folder) -> list[Runner]:
    """Those that could run its tests, the likeliest first."""
    package = folder.package()
    found: dict[Runner, bool] = {
        "pytest": _has_python_tests(folder),
        "npm": package is not None and _NO_TEST not in package.scripts.get("test", _NO_TEST),
        "go": "go.mod" in folder.files,
        "cargo": "Cargo.toml" in folder.files,
        "make": not folder.make_targets().isdisjoint(("test", "check")),
    }
    sure = [name for name, is_so in found.items() if is_so]
    likely = not folder.files.isdisjoint(_PYTHON_LIKELY)
    return sure or (["pytest"] if likely else [])


def builders_of(folder: Folder) -> list[Builder]:
    """What could build it, the likeliest first."""
    package = folder.package()
    found: dict[Builder, bool] = {
        "npm": package is not None and "build" in package.scripts,
        "go": "go.mod" in folder.files,
        "cargo": "Cargo.toml" in folder.files,
        "python": not folder.files.isdisjoint(("pyproject.toml", "setup.py")),
        "make": folder.has_makefile(),
    }
    return [name for name, is_so in found.items() if is_so]


def _has_python_tests(folder: Folder) -> bool:
    if not folder.files.isdisjoint(_PYTHON_SURE) or "[tool.pytest" in folder.text("pyproject.toml"):
        return True
    return any(_PYTHON_TESTS.fullmatch(Path(name).name) for name in folder.sources(".py"))


def _object(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}
