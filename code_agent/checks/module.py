"""Checks of one Python module by the interpreter and by a type checker."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from code_agent.checks.mypy import mypy_command
from code_agent.checks.rules import MOST_NAMED
from code_agent.trial import PYTHON, Trial
from code_agent.verdict import Check
from executors.handler import Ran

WISHED = "ygg_wished.py"
"""A file beside the module that says what its function must be to a type checker."""
_IMPORT = "import importlib, sys; sys.path.insert(0, '.'); importlib.import_module(sys.argv[1])"
_NO_WISHES = ("--disable-error-code=var-annotated", "--disable-error-code=import-untyped")
"""What a checker wishes for is not what makes code wrong."""
_ERROR = re.compile(
    r"^(?P<file>[^:\n]+):(?P<line>\d+)(?::\d+)?: error: (?P<says>.*)$", re.MULTILINE
)


def module_of(path: str) -> str:
    """The name by which a module is imported from the folder that its tests run in."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(trial: Trial, module: str) -> Check:
    return trial.check("imports", [PYTHON, "-I", "-B", "-c", _IMPORT, module])


def types(trial: Trial, path: str, signature: str) -> Check:
    """Whether a module's types fit together, and its function the wished signature."""
    files = [path]
    if wished := _wished(module_of(path), signature):
        (trial.folder / WISHED).write_text(wished, encoding="utf-8")
        files.append(WISHED)
    return trial.check("types", mypy_command(files, *_NO_WISHES), _read_types)


def _wished(module: str, signature: str) -> str | None:
    """The module's function is put in the place of one that has the signature."""
    head = re.search(r"\bdef\s+(\w+)", signature)
    if head is None:
        return None
    name, stub = head[1], signature.rstrip().removesuffix(":") + ": raise NotImplementedError"
    return (
        "from __future__ import annotations\n"
        f"from typing import *\nimport {module} as made\nfrom {module} import *\n\n"
        f"def ygg_wish() -> None:\n    {stub}\n    wished = {name}\n    wished = made.{name}\n"
    )


def _read_types(ran: Ran) -> tuple[bool | None, str]:
    if ran.exit_code == 0:
        return True, ""
    found = [one for one in _ERROR.finditer(ran.stdout) if _counts(one)]
    if ran.exit_code != 1:
        return None, _last(ran.stdout + ran.stderr)
    said = [f"{_where(one)}{one['says']}" for one in found[:MOST_NAMED]]
    return not said, "; ".join(said)


def _counts(error: re.Match[str]) -> bool:
    """A signature may name types that only its author knows; that is not the module's fault."""
    return error["file"] != WISHED or "in assignment" in error["says"]


def _where(error: re.Match[str]) -> str:
    return "" if error["file"] == WISHED else f"line {error['line']}: "


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "the type checker said nothing"
