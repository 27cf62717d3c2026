"""The same code in another text: tests that know it by its text do not pass on that."""

from __future__ import annotations

import ast

from code_agent.python.functions import Function, without_docstring
from code_agent.python.source import parsed

_KNOWS_ITSELF = frozenset(
    {
        *("inspect", "traceback", "linecache", "dis", "tracemalloc", "locals", "vars", "dir"),
        *("eval", "exec", "_getframe", "__code__", "__file__", "tb_lineno"),
    }
)
"""Code that uses these may do something else when it is written otherwise."""
_NAME = "written_otherwise"


def otherwise(source: str) -> str | None:
    """None of its lines is in the text, and each function has one more name, which nothing uses.

    Nothing of code that might notice that itself.
    """
    tree = parsed(source)
    if any(_names(node) & _KNOWS_ITSELF for node in ast.walk(tree)):
        return None
    for node in ast.walk(tree):
        if isinstance(node, Function):
            body = without_docstring(node.body)
            place = len(node.body) - len(body)
            node.body.insert(place, _unused())
    written = ast.unparse(ast.fix_missing_locations(tree))
    return f"exec(compile(bytes.fromhex({written.encode().hex()!r}), __file__, 'exec'))\n"


def _unused() -> ast.stmt:
    return ast.Assign([ast.Name(_NAME, ast.Store())], ast.Constant(_NAME))


def _names(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.Import():
            return {one.name.partition(".")[0] for one in node.names}
        case ast.ImportFrom(module=module):
            return {(module or "").partition(".")[0], *(one.name for one in node.names)}
    return set()
