"""Tests in the form of classes, with `self.assertEqual` and the like, as functions that assert."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping

from code_agent.python.functions import Function, dotted

_COMPARED: Mapping[str, type[ast.cmpop]] = {
    **dict.fromkeys(("assertEqual", "assertEquals", "assertListEqual", "assertDictEqual"), ast.Eq),
    **dict.fromkeys(("assertSetEqual", "assertTupleEqual", "assertMultiLineEqual"), ast.Eq),
    "assertNotEqual": ast.NotEq,
    "assertIs": ast.Is,
    "assertIsNot": ast.IsNot,
    "assertIn": ast.In,
    "assertNotIn": ast.NotIn,
    "assertGreater": ast.Gt,
    "assertGreaterEqual": ast.GtE,
    "assertLess": ast.Lt,
    "assertLessEqual": ast.LtE,
}
_SETUPS = ("setUp", "setup_method", "setup")


def functions_of_class(node: ast.ClassDef) -> Iterator[ast.FunctionDef | str]:
    """Each test as a function of its own, or why it cannot be one."""
    setup = [
        statement
        for one in node.body
        if isinstance(one, ast.FunctionDef) and one.name in _SETUPS
        for statement in one.body
    ]
    for one in node.body:
        if isinstance(one, Function) and one.name.startswith("test"):
            made = None if isinstance(one, ast.AsyncFunctionDef) else _flat(one, setup)
            yield made or f"{one.name} cannot be told from its class"


def asserting(function: ast.FunctionDef) -> ast.FunctionDef:
    """With plain assertions for those of unittest."""
    made = _Asserting().visit(copy.deepcopy(function))
    assert isinstance(made, ast.FunctionDef)  # noqa: S101
    return ast.fix_missing_locations(made)


def _flat(method: ast.FunctionDef, setup: list[ast.stmt]) -> ast.FunctionDef | None:
    made = copy.deepcopy(method)
    arguments = made.args.posonlyargs + made.args.args
    if not arguments or arguments[0].arg != "self" or made.args.posonlyargs:
        return None
    del made.args.args[0]
    made = asserting(made)
    if _uses_self(made):
        made.body = [*copy.deepcopy(setup), *made.body]
        kept = {
            one.attr
            for one in ast.walk(made)
            if isinstance(one, ast.Attribute) and _is_of_self(one, ast.Store)
        }
        made = ast.fix_missing_locations(_OwnNames(kept).visit(made))
    return None if _uses_self(made) else made


def _uses_self(function: ast.FunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "self" for one in ast.walk(function))


def _is_of_self(node: ast.AST, context: type[ast.expr_context]) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), ctx=found):
            return isinstance(found, context)
    return False


class _OwnNames(ast.NodeTransformer):
    """`stack` for `self.stack`."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if _is_of_self(node, ast.expr_context) and node.attr in self._names:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        self.generic_visit(node)
        return node


class _Asserting(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        call = node.value
        if isinstance(call, ast.Call) and dotted(call.func).startswith("self.assert"):
            name = dotted(call.func).removeprefix("self.")
            if made := _assertion(name, call):
                return ast.copy_location(made, node)
        return node

    def visit_With(self, node: ast.With) -> ast.stmt:
        self.generic_visit(node)
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and dotted(call.func) == "self.assertRaises":
                call.func = ast.Attribute(ast.Name("pytest", ast.Load()), "raises", ast.Load())
        return node


def _assertion(name: str, call: ast.Call) -> ast.Assert | None:
    made = _asserted(name, call.args)
    if made is None or call.keywords:
        return None
    test, taken = made
    return ast.Assert(test, call.args[taken] if len(call.args) > taken else None)


def _asserted(name: str, args: list[ast.expr]) -> tuple[ast.expr, int] | None:
    """What is claimed, and how many arguments that takes."""
    match name, args:
        case ("assertTrue" | "assert_", [first, *_]):
            return first, 1
        case ("assertFalse", [first, *_]):
            return ast.UnaryOp(ast.Not(), first), 1
        case ("assertIsNone", [first, *_]):
            return ast.Compare(first, [ast.Is()], [ast.Constant(None)]), 1
        case ("assertIsNotNone", [first, *_]):
            return ast.Compare(first, [ast.IsNot()], [ast.Constant(None)]), 1
        case ("assertAlmostEqual", [first, second]):
            approx = ast.Attribute(ast.Name("pytest", ast.Load()), "approx", ast.Load())
            return ast.Compare(first, [ast.Eq()], [ast.Call(approx, [second], [])]), 2
        case (_, [first, second, *_]) if name in _COMPARED:
            return ast.Compare(first, [_COMPARED[name]()], [second]), 2
    return None
