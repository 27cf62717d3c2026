"""Trees in one form of several that mean the same to Python: what linters like to be rewritten.

Each rewriting holds for any code whatever: it changes neither what is evaluated, nor in which
order. What is nearly always the same, such as `== None` and `is None`, is not among them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from code_agent.python.functions import Function

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SEES_NAMES = frozenset({"locals", "vars", "dir", "eval", "exec", "super", "__class__"})
_WORD = re.compile(r"\w+")
LOCAL = "\u01c0"
"""A letter that names begin with once they are only numbered."""


def in_one_form(tree: ast.Module) -> ast.Module:
    """The tree itself is changed. RecursionError where it is too deep."""
    found: ast.Module = _Forms().visit(tree)
    return found


class _Forms(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, _statements(statements))
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A string is a docstring where an f-string is none."""
        return node if isinstance(node.value, ast.JoinedStr) else self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """`f"a"` is `"a"`."""
        self.generic_visit(node)
        texts = [one.value for one in node.values if isinstance(one, ast.Constant)]
        if len(texts) < len(node.values):
            return node
        return ast.copy_location(ast.Constant("".join(map(str, texts))), node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        """How it is formatted is an f-string by the tree alone."""
        node.value = self.visit(node.value)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """`not a in b` is `a not in b`."""
        self.generic_visit(node)
        one = node.operand
        if isinstance(node.op, ast.Not) and isinstance(one, ast.Compare) and len(one.ops) == 1:
            flipped = _FLIPPED.get(type(one.ops[0]))
            if flipped is not None:
                one.ops = [flipped()]
                return one
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        return _as_expression(_collapsed(node))

    def visit_Return(self, node: ast.Return) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            node.value = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: Function) -> ast.AST:
        self.generic_visit(node)
        last = node.body[-1]
        # It is where the function ends anyway.
        if len(node.body) > 1 and isinstance(last, ast.Return) and last.value is None:
            del node.body[-1]
        _number_names(node)
        return node


def _statements(given: list[ast.stmt]) -> list[ast.stmt]:
    """Without `pass` after others, and with nothing in an `else` that needs none.

    A string that comes after `pass` is no docstring.
    """
    found: list[ast.stmt] = []
    for one in given:
        found.append(one)
        if isinstance(one, ast.If) and one.orelse and isinstance(one.body[-1], _LEAVES):
            found += one.orelse
            one.orelse = []
    return found[:1] + [one for one in found[1:] if not isinstance(one, ast.Pass)]


def _collapsed(node: ast.If) -> ast.If:
    """`if a: if b:` is `if a and b:`."""
    inner = node.body[0]
    if node.orelse or len(node.body) > 1 or not isinstance(inner, ast.If) or inner.orelse:
        return node
    values = [*_parts(node.test), *_parts(inner.test)]
    node.test = ast.copy_location(ast.BoolOp(ast.And(), values), node.test)
    node.body = inner.body
    return node


def _parts(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]


def _as_expression(node: ast.If) -> ast.stmt:
    """`if a: x = 1 else: x = 2` is `x = 1 if a else 2`, for one plain name."""
    one, other = _assigned(node.body), _assigned(node.orelse)
    if one is None or other is None or one[0] != other[0]:
        return node
    value = ast.copy_location(ast.IfExp(node.test, one[1], other[1]), node)
    target = ast.copy_location(ast.Name(one[0], ast.Store()), node)
    return ast.copy_location(ast.Assign([target], value), node)


def _assigned(body: list[ast.stmt]) -> tuple[str, ast.expr] | None:
    one = body[0] if len(body) == 1 else None
    if isinstance(one, ast.Assign) and len(one.targets) == 1:
        target = one.targets[0]
        if isinstance(target, ast.Name):
            return target.id, one.value
    return None


def _number_names(function: Function) -> None:
    """Its own variables are told apart by when they come, whatever they are called.

    Not where anything could see their names, or give a name another meaning.
    """
    inside = [node for one in function.body for node in ast.walk(one)]
    if any(isinstance(node, _SCOPES) for node in inside):
        return
    names = [node for node in inside if isinstance(node, ast.Name)]
    if any(node.id in _SEES_NAMES or node.id.startswith(LOCAL) for node in names):
        return
    own = set(_stored(function.body)) - set(_bound_by_text(function)) - set(_spoken_of(inside))
    numbers: dict[str, str] = {}
    for node in names:
        if node.id in own and not node.id.startswith("__"):
            node.id = numbers.setdefault(node.id, f"{LOCAL}{len(numbers)}")


def _stored(body: list[ast.stmt]) -> Iterator[str]:
    """What a comprehension stores is its own alone."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, _COMPREHENSIONS):
            waiting.extend(ast.iter_child_nodes(node))


def _spoken_of(inside: list[ast.AST]) -> Iterator[str]:
    """Some libraries look variables up that are named in a text."""
    for node in inside:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def _bound_by_text(function: Function) -> Iterator[str]:
    """Parameters, and names that stand in the tree as texts: imports, `except … as`, `global`."""
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        else:
            for each in ("name", "rest"):
                text = getattr(node, each, None)
                if isinstance(text, str):
                    yield text
