"""Whether what a test asserts could be false if the code under test were wrong."""

from __future__ import annotations

import ast

from code_agent.python.functions import dotted
from code_agent.python.idle import MOCKS, Idle, is_idle

ALWAYS = "is true whatever the code does"
ITSELF = "compares a thing with itself"
THERE = "only says that something is there"
TYPE = "only asks for a type"
CONSTANTS = "is about constants alone"
MOCKED = "is about mocks alone"

_ASKS_TYPE = {"isinstance", "issubclass"}
_ASKS_THERE = {"hasattr", "callable"}


def weakness(test: ast.expr, idle: Idle) -> str:
    """Why it says nothing of the code; empty when it says something."""
    if truth := _fixed_truth(test):
        return ALWAYS if truth == "true" else ""
    match test:
        case ast.BoolOp():
            return _of_all(test, idle)
        case ast.UnaryOp(op=ast.Not()):
            if isinstance(test.operand, ast.Constant | ast.Compare):
                return weakness(_negated(test.operand), idle)
        case ast.Compare():
            if found := _of_comparison(test, idle):
                return found
        case ast.Call():
            name = dotted(test.func)
            if name in _ASKS_TYPE | _ASKS_THERE and test.args:
                told = TYPE if name in _ASKS_TYPE else THERE
                return told if not is_idle(test.args[0], idle.names) else _idle(test, idle)
            if name in ("any", "all") and len(test.args) == 1:
                each = test.args[0]
                if isinstance(each, ast.GeneratorExp | ast.ListComp):
                    return weakness(each.elt, idle) or _idle(test, idle)
        case _:
            pass
    return _idle(test, idle)


def _idle(test: ast.expr, idle: Idle) -> str:
    if not is_idle(test, idle.names):
        return ""
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return MOCKED if names & (MOCKS | idle.mocks) else CONSTANTS


def _of_all(test: ast.BoolOp, idle: Idle) -> str:
    found = [weakness(one, idle) for one in test.values]
    if isinstance(test.op, ast.Or) and ALWAYS in found:
        return ALWAYS
    return found[0] if all(found) else ""


def _negated(operand: ast.expr) -> ast.expr:
    """`not x is None` says what `x is not None` does."""
    if isinstance(operand, ast.Constant):
        return ast.copy_location(ast.Constant(not operand.value), operand)
    turned = {ast.Is: ast.IsNot, ast.Eq: ast.NotEq}
    if isinstance(operand, ast.Compare) and len(operand.ops) == 1:
        kind = turned.get(type(operand.ops[0]))
        if kind:
            made = ast.Compare(operand.left, [kind()], operand.comparators)
            return ast.copy_location(made, operand)
    return operand


def _fixed_truth(test: ast.expr) -> str:
    """Of what needs no look at the code: `True`, `(x == 1, "why")`, `lambda: x`."""
    match test:
        case ast.Constant():
            return "true" if test.value else "false"
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return "true" if elements else "false"
        case ast.Dict(keys=keys):
            return "true" if keys else "false"
        case ast.Lambda() | ast.GeneratorExp():
            return "true"
        case ast.JoinedStr(values=values):
            said = [one.value for one in values if isinstance(one, ast.Constant)]
            return "true" if any(said) else ""
        case _:
            return ""


def _of_comparison(test: ast.Compare, idle: Idle) -> str:
    if len(test.ops) != 1:
        return ""
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if _is_itself(left, operator, right, idle):
        return ITSELF
    if _is_none(right) and isinstance(operator, ast.IsNot | ast.NotEq):
        return THERE
    if isinstance(operator, ast.Is | ast.Eq | ast.In) and _is_type_of(left):
        return TYPE
    counted = isinstance(left, ast.Call) and dotted(left.func) == "len"
    if counted and isinstance(operator, ast.GtE) and _is_zero(right):
        return ALWAYS
    return ""


def _is_itself(left: ast.expr, operator: ast.cmpop, right: ast.expr, idle: Idle) -> bool:
    """`x == x`, `x in [x]`, and `found == area(2, 3)` where `found` is that very call."""
    if ast.dump(left) == ast.dump(right):
        return True
    if isinstance(operator, ast.In | ast.NotIn):
        among = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else []
        return any(_is_itself(left, ast.Eq(), one, idle) for one in among)
    # That two calls give the very same thing is worth asserting.
    return isinstance(operator, ast.Eq) and ast.dump(_called(left, idle)) == ast.dump(
        _called(right, idle)
    )


def _called(node: ast.expr, idle: Idle) -> ast.expr:
    return idle.calls.get(node.id, node) if isinstance(node, ast.Name) else node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _is_type_of(node: ast.expr) -> bool:
    return (isinstance(node, ast.Call) and dotted(node.func) == "type") or (
        isinstance(node, ast.Attribute) and node.attr == "__class__"
    )
