"""Numbers of code, with what is reckoned of numbers alone, such as `4 * 1024`."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping

MOST_BITS = 256
_REAL = int | float
_DONE: Mapping[type[ast.operator], Callable[[_REAL, _REAL], _REAL]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


def constants_of(tree: ast.Module) -> dict[str, _REAL]:
    """What names of a module stand for that are bound to a number."""
    found: dict[str, _REAL] = {}
    for one in tree.body:
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                number = number_of(value, found)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                number = number_of(value, found)
            case _:
                continue
        if number is not None:
            found[name] = number
    return found


def number_of(node: ast.expr, known: Mapping[str, _REAL]) -> _REAL | None:
    """None for what is no number, or not without running it."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            return known.get(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = number_of(operand, known)
            return None if number is None else -number
        case ast.BinOp(left=left, op=sign, right=right):
            return _reckoned(number_of(left, known), sign, number_of(right, known))
    return None


def _reckoned(left: _REAL | None, sign: ast.operator, right: _REAL | None) -> _REAL | None:
    if left is None or right is None:
        return None
    if isinstance(sign, ast.LShift) and isinstance(left, int) and isinstance(right, int):
        sign, right = ast.Mult(), 2**right if 0 <= right < MOST_BITS else 0
    done = _DONE.get(type(sign))
    if done is None or (isinstance(sign, ast.Pow) and not _is_small(left, right)):
        return None
    try:
        found = done(left, right)
    except (ArithmeticError, ValueError):
        return None
    return found if isinstance(found, int | float) and abs(found) < 2**MOST_BITS else None


def _is_small(left: _REAL, right: _REAL) -> bool:
    return 0 <= right < MOST_BITS and abs(left).__ceil__().bit_length() * right < MOST_BITS


def reckoned_in(node: ast.AST, known: Mapping[str, _REAL]) -> Iterator[_REAL]:
    """What is put together of several numbers, each whole."""
    for one in ast.walk(node):
        if isinstance(one, ast.BinOp | ast.UnaryOp):
            number = number_of(one, known)
            if number is not None:
                yield number


def compared_in(node: ast.AST, known: Mapping[str, _REAL]) -> Iterator[_REAL]:
    """What something is compared with."""
    for one in ast.walk(node):
        if isinstance(one, ast.Compare):
            for part in (one.left, *one.comparators):
                parts = part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]
                yield from _numbers(parts, known)
        elif isinstance(one, ast.MatchValue):
            yield from _numbers([one.value], known)
        elif isinstance(one, ast.Call):
            called = one.func.id if isinstance(one.func, ast.Name) else ""
            yield from _numbers(one.args if called in ("min", "max") else [], known)


def sizes_in(node: ast.AST, known: Mapping[str, _REAL]) -> Iterator[int]:
    """How long something may have to be for code to do with it what it does."""
    bounds = (_bounds(one) for one in ast.walk(node) if isinstance(one, ast.Slice | ast.Call))
    given = (number for nodes in bounds for number in _numbers(nodes, known))
    for number in (*compared_in(node, known), *given):
        if isinstance(number, int):
            yield abs(number)


def _bounds(one: ast.Slice | ast.Call) -> list[ast.expr]:
    if isinstance(one, ast.Call):
        return [*one.args, *(each.value for each in one.keywords)]
    return [each for each in (one.lower, one.upper, one.step) if each is not None]


def _numbers(nodes: list[ast.expr], known: Mapping[str, _REAL]) -> Iterator[_REAL]:
    for one in nodes:
        number = number_of(one, known)
        if number is not None:
            yield number
