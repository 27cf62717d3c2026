"""An answer with less in it: if tests pass then, too, they did not ask for what it added."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from code_agent.python.functions import Function, functions_of
from code_agent.python.sameness import shape
from code_agent.python.source import parsed

MOST = 8
_BODIES = ("body", "orelse", "finalbody")
_LEAVES = (ast.Name, ast.Constant)
_CAN_BE_LESS: Mapping[type[ast.AST], Collection[str]] = {
    ast.Call: ("args", "keywords"),
    ast.comprehension: ("ifs",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Set: ("elts",),
}


def simpler(before: str, after: str) -> list[str]:
    """Whole files. The names that the old function had stay in each. SyntaxError for no Python."""
    found = dict.fromkeys(_all(before, after))
    return [one for one in found if not _is_one_of(one, before, after)][:MOST]


def _all(before: str, after: str) -> Iterator[str]:
    tree = parsed(after)
    old = dict(functions_of(parsed(before)))
    for name, function in functions_of(tree):
        was = old.get(name)
        if was is None or shape(was) == shape(function):
            continue
        known = names_in(function)
        added = known - names_in(was)
        parts = {shape(one) for one in ast.walk(was) if not isinstance(one, _LEAVES)}
        for change in list(_changes(function, parts)):
            change()
            if known - names_in(function) <= added:
                yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            change(undo=True)


def names_in(node: ast.AST) -> Counter[str]:
    return Counter(name for one in ast.walk(node) for name in _names(one))


def _names(one: ast.AST) -> Iterator[str]:
    match one:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
            yield name
        case ast.keyword(arg=str() as name):
            yield name


class _Change:
    """Something of a tree replaced, and put back."""

    def __init__(self, owner: ast.AST, field: str, value: object) -> None:
        self._owner, self._field, self._value = owner, field, value

    def __call__(self, *, undo: bool = False) -> None:
        value = getattr(self._owner, self._field)
        setattr(self._owner, self._field, self._value)
        self._value = value


def _changes(function: Function, known: Collection[str]) -> Iterator[_Change]:
    """Of what is not among the known parts."""
    for node in ast.walk(function):
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and shape(value) not in known:
                yield from (_Change(node, field, one) for one in _instead(value))
            elif isinstance(value, list):
                yield from _changes_in(node, field, value, known)


def _changes_in(
    owner: ast.AST, field: str, parts: Sequence[object], known: Collection[str]
) -> Iterator[_Change]:
    can_be_less = field in _CAN_BE_LESS.get(type(owner), ()) and shape(owner) not in known
    for number, part in enumerate(parts):
        before, after = parts[:number], parts[number + 1 :]
        if not isinstance(part, ast.AST) or shape(part) in known:
            continue
        if can_be_less:
            yield _Change(owner, field, [*before, *after])
        if isinstance(part, ast.expr):
            yield from (_Change(owner, field, [*before, one, *after]) for one in _instead(part))
        elif isinstance(part, ast.stmt) and field in _BODIES:
            for some in _instead_of(part):
                yield _Change(owner, field, [*before, *some, *after] or [ast.Pass()])


def _instead(node: ast.expr) -> Iterator[ast.expr]:
    """Parts of it that could stand in its place."""
    match node:
        case ast.BinOp(left=left, right=right):
            yield from (left, right)
        case ast.BoolOp(op=op, values=values):
            for number in range(len(values)):
                rest = [*values[:number], *values[number + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(operand=part):
            yield part
        case ast.IfExp(body=body, orelse=orelse):
            yield from (body, orelse)
        case ast.Call(func=func, args=args):
            yield from args
            if isinstance(func, ast.Attribute):
                yield func.value
        case ast.Subscript(value=value):
            yield value


def _instead_of(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield []
    if isinstance(node, ast.If):
        yield node.body
        if node.orelse:
            yield node.orelse


def _is_one_of(text: str, *others: str) -> bool:
    try:
        own = shape(parsed(text))
    except SyntaxError:
        return True  # it is nothing
    return any(own == shape(parsed(one)) for one in others)
