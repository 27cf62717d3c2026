"""What of a module defines something: without examples of its use, prints, tests and asserts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from code_agent.python.functions import Function
from code_agent.python.source import lines_of, parsed


def bare(source: str) -> str:
    """Statements go that only show that it works; models add them unasked.

    Only whole lines go. A source without any definition stays as it is: it may be a script.
    """
    tree = parsed(source)
    if not any(isinstance(one, Function | ast.ClassDef) for one in tree.body):
        return source
    lines = lines_of(source)
    for one in reversed(list(_shows(tree))):
        first, last = _first_line(one), one.end_lineno or one.lineno
        if _has_lines_to_itself(tree, one):
            del lines[first - 1 : last]
    return "".join(lines).rstrip() + "\n"


def _shows(tree: ast.Module) -> Iterator[ast.stmt]:
    return (one for place, one in enumerate(tree.body) if _only_shows(one, place))


def _only_shows(one: ast.stmt, place: int) -> bool:
    match one:
        case ast.Expr(value=ast.Constant()):
            return place > 0  # the first may be the module's docstring
        case ast.Assert() | ast.Expr():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return one.name.startswith("test_")
        case ast.If():
            return _is_main(one.test)
    return False


def _is_main(test: ast.expr) -> bool:
    left = test.left if isinstance(test, ast.Compare) else None
    return isinstance(left, ast.Name) and left.id == "__name__"


def _first_line(one: ast.stmt) -> int:
    decorators = one.decorator_list if isinstance(one, Function) else []
    return min([one.lineno, *(each.lineno for each in decorators)])


def _has_lines_to_itself(tree: ast.Module, one: ast.stmt) -> bool:
    own = range(_first_line(one), (one.end_lineno or one.lineno) + 1)
    others = (other for other in tree.body if other is not one)
    return not any(
        _first_line(other) in own or (other.end_lineno or other.lineno) in own for other in others
    )
