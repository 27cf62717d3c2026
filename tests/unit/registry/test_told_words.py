"""docs/registry.md says what to do where the code says something: in the code's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VALUE = "…"


def _cells() -> list[str]:
    page = (ROOT / "docs/registry.md").read_text(encoding="utf-8")
    table = page.partition("\n| it says | do |\n")[2]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)
    return [re.sub("[0-9]+", VALUE, cell) for cell in rows]


def _said(tree: ast.AST) -> Iterator[str]:
    """Each text of the code; what is filled in is left open."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (one.value if isinstance(one, ast.Constant) else VALUE for one in node.values)
            yield "".join(map(str, parts))


@pytest.fixture(scope="module")
def said() -> str:
    files = [file for part in ("registry", "ygg") for file in (ROOT / part).rglob("*.py")]
    return "\n".join("\n".join(_said(ast.parse(file.read_bytes()))) for file in files)


@pytest.mark.parametrize("cell", _cells())
def test_what_the_page_quotes_is_said(cell: str, said: str) -> None:
    assert cell in said


def test_the_page_quotes_something() -> None:
    assert len(_cells()) >= 7
