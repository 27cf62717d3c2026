"""Processes of another version: with a copy of the trunk that differs in what it calls itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import ygg

_LINE = '__version__ = "{}"'


def minor(apart: int) -> str:
    """A version so many minor ones after ours."""
    major, ours, _ = ygg.__version__.split(".")
    return f"{major}.{int(ours) + apart}.0"


def of_version(folder: Path, version: str) -> dict[str, str]:
    """What a process is to be started with. An empty version is ours."""
    if not version:
        return {"PYTHONPATH": ""}
    copy = folder / f"trunk-{version}"
    if not copy.exists():
        whole = Path(ygg.__file__).parent
        shutil.copytree(whole, copy / "ygg", ignore=shutil.ignore_patterns("__pycache__"))
        file = copy / "ygg" / "__init__.py"
        ours, theirs = _LINE.format(ygg.__version__), _LINE.format(version)
        text = file.read_text()
        assert text.count(ours) == 1
        file.write_text(text.replace(ours, theirs))
    return {"PYTHONPATH": str(copy)}
