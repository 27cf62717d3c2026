"""Code that knows the tests' own values: right for those, and perhaps for nothing else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from code_agent.python.expectations import Expectation, expectations, plain_text
from code_agent.python.functions import Function
from code_agent.python.source import parsed

_COMMON = frozenset(
    ("-1", "0", "1", "2", "3", "0.0", "1.0", "''", "' '", "True", "False", "None", "()", "[]", "{}")
)
"""What functions of all kinds treat apart."""


@dataclass(frozen=True)
class SpecialCase:
    line: int
    known: str
    """An argument of the tests, as Python writes it."""
    answer: str

    def says(self) -> str:
        return f"line {self.line}: {self.known} is answered with {self.answer}, as a test wants it"


@dataclass(frozen=True)
class SpecialCases:
    found: Sequence[SpecialCase]
    certain: bool
    """Most of what the tests ask is answered from what they ask, and not by doing the work."""
    of: int = 0
    """So many cases it knows, those among them that no test asks for."""

    @property
    def is_table(self) -> bool:
        """It knows more than the tests do."""
        return self.of > 2 * len(self.found)


def special_cases(code: str, tests: str, given: str) -> SpecialCases:
    """Those whose values stand nowhere in what was `given`: the words of the specification.

    A table with many answers that no test asks for is how such work is done, and not a certain one.
    """
    wanted = [one for one in expectations(tests) if _is_telling(one, given)]
    lines = {(known, answer): line for known, answer, line in _answers(parsed(code))}
    answers = set(lines)
    matched = [one for one in wanted if _pairs(one) & answers]
    found = [
        SpecialCase(lines[pair], *pair) for one in matched for pair in sorted(_pairs(one) & answers)
    ]
    most = 2 * len(matched) >= max(len(wanted), len(answers))
    certain = len(matched) >= 2 and most
    return SpecialCases(tuple(dict.fromkeys(found)), certain, len(answers))


def tells_more(unseen: str) -> bool:
    """Whether tests that were held back ask for more than what code answers that knows nothing:
    for two different values, or for one that is not `False`, `None` and the like."""
    values = {one.value for one in expectations(unseen)}
    return not values or len(values) > 1 or not values <= _COMMON


def _is_telling(one: Expectation, given: str) -> bool:
    return any(word not in _COMMON and not _stands_in(word, given) for word in one.arguments)


def _stands_in(word: str, given: str) -> bool:
    bare = word.strip("'\"")
    return bool(bare) and bare in given


def _pairs(one: Expectation) -> set[tuple[str, str]]:
    whole = f"({', '.join(one.arguments)})"
    return {(word, one.value) for word in (*one.arguments, whole) if word not in _COMMON}


def _answers(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """What is compared with a parameter, and the constant that is returned for it."""
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        names = _names(function) | _aliases(function)
        for node in ast.walk(function):
            match node:
                case ast.If(test=test, body=[ast.Return(value=ast.expr() as value), *_]):
                    yield from _compared(test, value, names)
                case ast.IfExp(test=test, body=value):
                    yield from _compared(test, value, names)
                case ast.Return(value=ast.expr() as value):
                    yield from _told_apart(value, names)
                case ast.match_case(pattern=pattern, body=[ast.Return(value=ast.expr() as value)]):
                    yield from _matched(pattern, value)
                case ast.Subscript(value=table, slice=asked) if _is_given(asked, names):
                    yield from _looked_up(table, tree)
                case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[asked, *_]):
                    if _is_given(asked, names):
                        yield from _looked_up(table, tree)


def _compared(
    test: ast.expr, value: ast.expr, names: Collection[str]
) -> Iterator[tuple[str, str, int]]:
    """Each comparison with what was given, alone or several of them joined."""
    parts = test.values if isinstance(test, ast.BoolOp) else [test]
    whole: list[str] = []
    for part in parts:
        match part:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
                for asked, known in ((left, right), (right, left)):
                    if _is_given(asked, names):
                        yield from _pair(known, value)
                        whole.append(plain_text(known) or "")
            case ast.Compare(
                left=left,
                ops=[ast.In()],
                comparators=[ast.List() | ast.Tuple() | ast.Set() as among],
            ):
                if _is_given(left, names):
                    for known in among.elts:
                        yield from _pair(known, value)
            case ast.Name(id=name) if name in names:
                yield "True", plain_text(value) or "", part.lineno
    if len(whole) > 1 and all(whole) and (answer := plain_text(value)) is not None:
        yield f"({', '.join(whole)})", answer, test.lineno


def _told_apart(value: ast.expr, names: Collection[str]) -> Iterator[tuple[str, str, int]]:
    """A comparison that is the answer, or a part of it: `return text == "abc"`."""
    for node in ast.walk(value):
        match node:
            case ast.Compare(ops=[ast.Eq() | ast.Is() | ast.In()]):
                yield from _compared(node, ast.Constant(True), names)
            case ast.Compare(left=left, ops=[ast.NotEq() | ast.IsNot()], comparators=[right]):
                same = ast.copy_location(ast.Compare(left, [ast.Eq()], [right]), node)
                yield from _compared(same, ast.Constant(False), names)


def _looked_up(table: ast.expr, tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """A dictionary, there or under a name, of which one entry is the answer."""
    found = [table] if isinstance(table, ast.Dict) else []
    if isinstance(table, ast.Name):
        found = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name) and target.id == table.id
        ]
    for one in found:
        for key, value in zip(one.keys, one.values, strict=True):
            if key is not None:
                yield from _pair(key, value)


def _matched(pattern: ast.pattern, value: ast.expr) -> Iterator[tuple[str, str, int]]:
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchValue):
            yield from _pair(node.value, value)


def _pair(known: ast.expr, value: ast.expr) -> Iterator[tuple[str, str, int]]:
    left, right = plain_text(known), plain_text(value)
    if left is not None and right is not None:
        yield left, right, known.lineno


def _is_given(node: ast.expr, names: Collection[str]) -> bool:
    """A parameter, several of them, or what `str` and its like make of one."""
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return bool(elements) and all(_is_given(one, names) for one in elements)
        case ast.Call(func=ast.Name(id="str" | "repr" | "tuple" | "list" | "hash"), args=[inner]):
            return _is_given(inner, names)
    return False


def _aliases(function: Function) -> frozenset[str]:
    """Other names of what was given: `key = n`, `a, b = key, m`."""
    names = set(_names(function))
    known = 0
    while len(names) > known:
        known = len(names)
        for node in ast.walk(function):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        names |= set(_bound_to_given(target, value, names))
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    names |= set(_bound_to_given(target, value, names))
                case ast.NamedExpr(target=target, value=value):
                    names |= set(_bound_to_given(target, value, names))
    return frozenset(names)


def _bound_to_given(target: ast.expr, value: ast.expr, names: Collection[str]) -> Iterator[str]:
    match target, value:
        case ast.Name(id=name), _:
            if _is_given(value, names):
                yield name
        case (ast.Tuple(elts=targets), ast.Tuple(elts=values)) if len(targets) == len(values):
            for one, each in zip(targets, values, strict=True):
                yield from _bound_to_given(one, each, names)


def _names(function: Function) -> frozenset[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    rest = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return frozenset(one.arg for one in [*every, *rest])
