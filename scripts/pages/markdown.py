"""What the pages have in common."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise


def document(title: str, introduction: str, parts: Iterable[str]) -> str:
    head = f"# {title}\n\nMade by `scripts/reference`; do not edit.\n\n{introduction.strip()}"
    return "\n\n".join([head, *parts]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def docstrings(kind: type) -> dict[str, str]:
    """The string below each field of a class. Pydantic keeps it only where it is told to."""
    (made,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    lines = made.body if isinstance(made, ast.ClassDef) else []
    found = {}
    for field, below in pairwise(lines):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found
