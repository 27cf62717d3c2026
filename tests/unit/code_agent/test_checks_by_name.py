"""Each name of a check that a user can meet is told in the docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

import code_agent
from code_agent.languages.checks import CHECKERS
from code_agent.linting.linters import LinterName
from code_agent.python.functions import dotted

SOURCES = sorted(Path(code_agent.__file__).parent.rglob("*.py"))
DOCS = Path(code_agent.__file__).parents[1] / "docs" / "code-agent.md"
NAMED_FIRST = ("Check", "rule", "all_of", "check", "as_check", "look")


def constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names of texts, given one by one or several in a line."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple):
            targets, values = ([each] for each in (node.targets[0], node.value))
            if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                targets, values = node.targets[0].elts, node.value.elts
            for name, value in zip(targets, values, strict=True):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield dotted(name), value.value


def names_in(tree: ast.Module, known: Mapping[str, str]) -> Iterator[str]:
    own = {**known, **dict(constants(tree))}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = dotted(node.func).rpartition(".")[2] or getattr(node.func, "attr", "")
        given = node.args[: function in NAMED_FIRST]
        given += [one.value for one in node.keywords if one.arg == "name"]
        for one in given:
            if isinstance(one, ast.Constant) and function in NAMED_FIRST:
                yield str(one.value)
            elif dotted(one) in own and function in (*NAMED_FIRST, "replace"):
                yield own[dotted(one)]


def all_names() -> list[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]
    known = {name: value for tree in trees for name, value in constants(tree)}
    found = {name for tree in trees for name in names_in(tree, known)}
    found |= {one.reader.name for one in CHECKERS.values() if one.reader}
    return sorted(found | {*get_args(LinterName), "mypy", "tests held back"})


@pytest.mark.parametrize("name", all_names())
def test_the_name_of_a_check_is_in_the_docs(name: str) -> None:
    table = DOCS.read_text(encoding="utf-8").partition("## Checks by name")[2].partition("\n## ")[0]
    told = re.findall(
        r"`([^`]+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line)
    )
    assert name in told
