"""Which names of a module a text uses, however it imports the module."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from code_agent.python.functions import dotted
from code_agent.python.source import parsed

_BY_TEXT = ("__import__", "import_module", "importlib.import_module", "pytest.importorskip")


def names_used(source: str, module: str) -> tuple[str, ...]:
    """SyntaxError for what is no Python."""
    tree = parsed(source)
    aliases = _aliases(tree, module)
    found: list[str] = []
    for node in sorted(ast.walk(tree), key=_place):
        match node:
            case ast.ImportFrom(module=source_module, level=0) if source_module == module:
                found += [one.name for one in node.names if one.name != "*"]
                if any(one.name == "*" for one in node.names):
                    found += _unbound(tree)
            case ast.Attribute(value=owner, attr=name) if _is_module(owner, aliases, module):
                found.append(name)
            case ast.Call(
                func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]
            ) if _is_module(owner, aliases, module):
                found.append(name)
    return tuple(name for name in dict.fromkeys(found) if not name.startswith("__"))


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _aliases(tree: ast.Module, module: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found |= {one.asname or one.name for one in node.names if one.name == module}
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if _is_module(value, found, module):
                    found.add(name)
    return found


def _is_module(node: ast.expr, aliases: set[str], module: str) -> bool:
    match node:
        case ast.Name() | ast.Attribute():
            return dotted(node) in aliases
        case ast.Call(func=function, args=[ast.Constant(value=text), *_]):
            return text == module and dotted(function) in _BY_TEXT
    return False


def _unbound(tree: ast.Module) -> Iterator[str]:
    """Names that nothing else here gives a meaning to."""
    stars = [one for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    if len([one for one in stars if one.names[0].name == "*"]) > 1:
        return  # they may come from any of these
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(dir(builtins))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(one.asname or one.name).partition(".")[0] for one in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    yield from (node.id for node in names if node.id not in bound)
