"""Classes that say themselves what they are equal to: a test may be passed by one that is equal to
anything. Nobody asked for one is a reason to doubt, unless it compares its fields with another's.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from code_agent.python.functions import Function, dotted, without_docstring
from code_agent.python.source import is_python, parsed

_NAMES = frozenset(
    {
        *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__"),
        *("__class__", "__instancecheck__", "__subclasscheck__"),
    }
)
_IN_WORDS = re.compile(
    r"\b(?:equal\w*|compar\w+|order(?:ed|ing|s)?|sort\w*|tru(?:e|th|thy)|fals[ey]|falsy)\b",
    re.IGNORECASE,
)


def own_comparisons(source: str, original: str = "", given: str = "") -> list[str]:
    """Those beyond as many as there were, of which what was `given` says nothing. SyntaxError for
    what is no Python."""
    known = Counter(what for _, what in _found(original, given)) if is_python(original) else {}
    left = Counter(known)
    told: list[str] = []
    for line, what in sorted(_found(source, given)):
        left[what] -= 1
        if left[what] < 0:
            told.append(f"line {line}: {what}")
    return told


def _found(source: str, given: str) -> Iterator[tuple[int, str]]:
    tree = parsed(source)
    fine = {id(one) for one in _harmless_or_wished(tree, given)}
    for node in ast.walk(tree):
        if id(node) in fine:
            continue
        name = _named(node)
        if name in _NAMES and name not in given:
            yield node.lineno, f"{name} decides what it is equal to"  # type: ignore[attr-defined]
        if _is_unread(node):
            yield node.lineno, "type() makes a class of names that stand nowhere"  # type: ignore[attr-defined]


def _named(node: ast.AST) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.Attribute(attr=name, ctx=ast.Store()):
            return name
        case ast.Constant(value=str() as text):
            return text
        case ast.keyword(arg=str() as name):
            return name
    return ""


def _is_unread(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=function, args=[_, _, ast.Dict(keys=keys)]) if (
            dotted(function) == "type"
        ):
            return not all(isinstance(key, ast.Constant) for key in keys)
        case ast.Call(func=function, args=[_, _, _]) if dotted(function) == "type":
            return True
    return False


def _harmless_or_wished(tree: ast.Module, given: str) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            is_asked = re.search(rf"\b{re.escape(node.name)}\b", given) and _IN_WORDS.search(given)
            for one in node.body:
                if isinstance(one, Function) and (is_asked or _is_harmless(one)):
                    yield one


def _is_harmless(function: Function) -> bool:
    """It gives back what comes of its own fields, and for two of them of the same of another."""
    names = [one.arg for one in function.args.args]
    if not names or len(names) > 2 or function.decorator_list:
        return False
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and not isinstance(
            node, Function | ast.If | ast.Return | ast.Expr | ast.Raise
        ):
            return False
        if isinstance(node, ast.NamedExpr | ast.Lambda):
            return False
    returned = [one for one in ast.walk(function) if isinstance(one, ast.Return)]
    values = [one.value for one in returned if one.value is not None]
    body = without_docstring(function.body)
    return bool(body and values) and all(_says_no(v) or _of_fields(v, names) for v in values)


def _says_no(value: ast.expr) -> bool:
    is_false = isinstance(value, ast.Constant) and value.value is False
    return is_false or dotted(value) == "NotImplemented"


def _of_fields(value: ast.expr, names: list[str]) -> bool:
    if len(names) == 1:
        return _fields(value, names[0]) != set() and not isinstance(value, ast.BoolOp)
    match value:
        case ast.BoolOp(op=ast.And(), values=parts):
            return any(_of_fields(one, names) for one in parts)
        case ast.Compare(left=left, ops=[_], comparators=[right]):
            own, other = _fields(left, names[0]), _fields(right, names[1])
            return bool(own) and own == other and not _fields(right, names[0])
    return False


def _fields(value: ast.expr, owner: str) -> set[str]:
    return {
        node.attr
        for node in ast.walk(value)
        if isinstance(node, ast.Attribute) and dotted(node.value) == owner
    }
