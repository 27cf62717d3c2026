"""What of a model's answer are tests of the code at hand, each by itself."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from code_agent.answers import code_of
from code_agent.fences import blocks
from code_agent.python.found_tests import is_test_class
from code_agent.python.functions import Function, dotted
from code_agent.python.imports import Import
from code_agent.python.source import is_python, parsed, said_of, statements_in
from code_agent.testing.plain import asserting, functions_of_class
from code_agent.testing.single import OneTest, each_import
from code_agent.testing.subject import Target
from code_agent.testing.unfit import RUNNERS, unfit
from code_agent.unusable import Unusable

MOST_TESTS = 12
"""Of one answer."""
_BUILTINS = frozenset(dir(builtins))


@dataclass
class Reading:
    tests: list[OneTest] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """By name, and why."""


def read_tests(text: str, target: Target, *, ended: bool = True) -> Reading:
    """Those that could fail if the target were wrong; `Unusable` when there is none."""
    reading = Reading()
    for code in _codes(text, ended):
        try:
            tree = parsed(code)
        except SyntaxError as error:
            raise Unusable(f"it is no Python: {said_of(error)}") from error
        _read(tree, target, reading)
    if not reading.tests and not reading.refused:
        raise Unusable("it holds no test function: their names begin with test_")
    if not reading.tests:
        raise Unusable("; ".join(f"{name}: {why}" for name, why in reading.refused.items()))
    return reading


def _codes(text: str, ended: bool) -> list[str]:
    """Tests are judged one by one: several blocks are as good as one."""
    try:
        return [code_of(text, "python", ended=ended)]
    except Unusable:
        found = [one.code for one in blocks(text) if one.closed and is_python(one.code)]
        if len(found) < 2:
            raise
        return found


def _read(tree: ast.Module, target: Target, reading: Reading) -> None:
    around = _around(tree, target)
    for function in _functions(tree):
        if isinstance(function, str):
            reading.refused[function.partition(" ")[0]] = function
            continue
        test = _alone(asserting(function), around, target)
        if why := unfit(test, target):
            reading.refused[test.name] = why
        elif len(reading.tests) == MOST_TESTS:
            reading.refused[test.name] = f"of one answer {MOST_TESTS} tests are taken"
        else:
            reading.tests.append(test)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | str]:
    for one in tree.body:
        if isinstance(one, ast.ClassDef) and is_test_class(one):
            yield from functions_of_class(one)
        elif isinstance(one, Function) and one.name.startswith("test"):
            if isinstance(one, ast.AsyncFunctionDef):
                yield f"{one.name} is asynchronous"
            else:
                yield one


@dataclass(frozen=True)
class _Around:
    """What an answer holds beside its tests, by name; nothing of what the module defines."""

    definitions: dict[str, ast.stmt]
    imports: dict[str, Import]


def _around(tree: ast.Module, target: Target) -> _Around:
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, Import] = {}
    for one in statements_in(tree.body):
        if isinstance(one, Import):
            imports.update(each_import(one))
        elif isinstance(one, Function | ast.ClassDef):
            definitions[one.name] = one
        elif isinstance(one, ast.Assign) and len(one.targets) == 1:
            definitions[dotted(one.targets[0])] = one
    own = target.subject.names
    return _Around(
        {name: one for name, one in definitions.items() if name and name not in own},
        {name: one for name, one in imports.items() if name not in own},
    )


def _alone(function: ast.FunctionDef, around: _Around, target: Target) -> OneTest:
    """With all that it needs; what it needs of the module is imported from there."""
    needed, support = _support(function, around)
    subject, imports = target.subject, list[Import]()
    for name in sorted(needed):
        if name in subject.names:
            imports.append(subject.import_of(name))
        elif name in around.imports:
            imports.append(around.imports[name])
        elif name in subject.imports:
            imports.append(subject.imports[name])
        elif name in RUNNERS or name in sys.stdlib_module_names:
            imports.append(ast.Import([ast.alias(name)]))
    return OneTest(target.name, function, support, tuple(imports))


def _support(function: ast.FunctionDef, around: _Around) -> tuple[set[str], tuple[ast.stmt, ...]]:
    """Names that come from elsewhere, and the statements of the answer that bring the others."""
    needed, taken = set[str](), dict[str, ast.stmt]()
    left = _free(function)
    while left:
        name = left.pop()
        if name in around.definitions:
            if name not in taken:
                taken[name] = around.definitions[name]
                left |= _free(taken[name])
        else:
            needed.add(name)
    support = sorted(taken.values(), key=lambda one: one.lineno)
    return needed, tuple(support)


def _free(one: ast.stmt) -> set[str]:
    """Names that it uses and does not bind; fixtures are asked for by a parameter's name."""
    used, bound, asked = set[str](), set[str](), set[str]()
    for node in ast.walk(one):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
        elif isinstance(node, Import):
            bound.update(name for name, _ in each_import(node))
        elif isinstance(node, Function | ast.ClassDef) and node is not one:
            bound.add(node.name)
    if isinstance(one, Function):
        asked = {each.arg for each in one.args.args}
    elif isinstance(one, ast.Assign):
        bound = set()
    return (used - bound - _BUILTINS) | asked


def rid_of(reading: Reading, marks: set[str]) -> Reading:
    """Without what earlier answers held, or this one twice."""
    fresh: dict[str, OneTest] = {}
    for test in reading.tests:
        if test.mark not in marks:
            fresh.setdefault(test.mark, test)
    return replace(reading, tests=list(fresh.values()))
