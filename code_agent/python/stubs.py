"""Functions and classes that were left empty where something should stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from code_agent.python.source import statements_in
from code_agent.python.symbols import Definition

Stub = Literal["", "...", "pass", "docstring", "NotImplementedError"]

_MEANT = frozenset({"overload", "abstractmethod", "abstractproperty"})
"""What these decorate may stay empty."""


@dataclass(frozen=True)
class _Found:
    node: Definition
    name: str
    within: ast.ClassDef | None


def stub_in(tree: ast.Module, original: ast.Module) -> str | None:
    """Why it is no whole answer. Stubs that the original has, too, are none; nor are those of
    Protocols, overloads and abstract methods."""
    before = _by_name(original)
    found = list(_definitions(tree))
    overridden = _overridden(found)
    for one in found:
        why = _missing(one, before.get(one.name), overridden)
        if why is not None:
            return f"line {one.node.lineno}: {one.name} {why}"
    if more := _more_dots(tree.body, original.body):
        return f"line {more}: `...` stands for what was left out"
    idle = [one for one in found if not isinstance(one.node, ast.ClassDef)]
    if idle and not before and all(_stub(one.node) and not _is_meant(one) for one in idle):
        return f"line {idle[0].node.lineno}: {idle[0].name} does nothing"
    return None


def _by_name(tree: ast.Module) -> dict[str, Definition]:
    """Of several of a name one that is a stub, if any is."""
    found: dict[str, Definition] = {}
    for one in _definitions(tree):
        if one.name not in found or _stub(one.node):
            found[one.name] = one.node
    return found


def _missing(
    one: _Found, before: Definition | None, overridden: frozenset[tuple[str, str]]
) -> str | None:
    stub = _stub(one.node)
    if not stub:
        return _dots_within(one.node, before)
    if _is_meant(one) or (before is not None and _stub(before)):
        return None
    if isinstance(one.node, ast.ClassDef):
        return _missing_class(one.node, before, stub)
    if before is not None:
        return f"has no body any more but {_called(stub)}"
    if stub == "NotImplementedError" and one.within is not None:
        is_hook = (one.within.name, one.node.name) in overridden
        return None if is_hook else f"only raises {stub}"
    if stub in ("...", "NotImplementedError"):
        return f"has no body but {_called(stub)}"
    return None


def _missing_class(node: ast.ClassDef, before: Definition | None, stub: Stub) -> str | None:
    """An error or a marker is often all that its bases are."""
    if before is not None:
        return f"has no body any more but {_called(stub)}"
    return f"has no body but `{stub}`" if stub == "..." and not node.bases else None


def _called(stub: Stub) -> str:
    return {"docstring": "its docstring", "NotImplementedError": f"`raise {stub}`"}.get(
        stub, f"`{stub}`"
    )


def _stub(node: Definition) -> Stub:
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    if not body:
        return "docstring"
    if all(_is_dots(one) for one in body):
        return "..."
    if all(isinstance(one, ast.Pass) or _is_dots(one) for one in body):
        return "pass"
    return "NotImplementedError" if len(body) == 1 and _is_not_implemented(body[0]) else ""


def _is_dots(one: ast.stmt) -> bool:
    value = one.value if isinstance(one, ast.Expr | ast.Return) else None
    return isinstance(value, ast.Constant) and value.value is ...


def _is_not_implemented(one: ast.stmt) -> bool:
    if not isinstance(one, ast.Raise) or one.exc is None:
        return False
    raised = one.exc.func if isinstance(one.exc, ast.Call) else one.exc
    return _last_name(raised) == "NotImplementedError"


def _is_meant(one: _Found) -> bool:
    if one.within is not None and "Protocol" in map(_last_name, one.within.bases):
        return True
    if isinstance(one.node, ast.ClassDef):
        return "Protocol" in map(_last_name, one.node.bases)
    return not _MEANT.isdisjoint(map(_last_name, one.node.decorator_list))


def _overridden(found: list[_Found]) -> frozenset[tuple[str, str]]:
    """Methods (as class and name) that a class beside theirs defines anew: hooks, not stubs."""
    return frozenset(
        (_last_name(base), one.node.name)
        for one in found
        if one.within is not None
        for base in one.within.bases
    )


def _dots_within(node: Definition, before: Definition | None) -> str | None:
    more = _more_dots(node.body, before.body if before else [])
    return f"has `...` in line {more} where something was left out" if more else None


def _more_dots(body: list[ast.stmt], before: list[ast.stmt]) -> int | None:
    """The line of one, when more statements are nothing but `...` than were."""
    found, known = list(_dots(body)), list(_dots(before))
    return found[0] if len(found) > len(known) else None


def _dots(body: list[ast.stmt]) -> Iterator[int]:
    """The lines of such statements; after `except` they say: do nothing. What a class or a module
    defines is looked at by itself."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.stmt) and _is_dots(one):
            yield one.lineno
        elif not isinstance(one, Definition) and not _handles_by_dots(one):
            waiting.extend(reversed(list(ast.iter_child_nodes(one))))


def _handles_by_dots(one: ast.AST) -> bool:
    return isinstance(one, ast.ExceptHandler) and all(map(_is_dots, one.body))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _definitions(tree: ast.Module) -> Iterator[_Found]:
    """Those within functions, too: each can be a stub."""
    waiting: list[tuple[list[ast.stmt], str, ast.ClassDef | None]] = [(tree.body, "", None)]
    while waiting:
        body, prefix, within = waiting.pop()
        for one in statements_in(body):
            if isinstance(one, Definition):
                name = prefix + one.name
                yield _Found(one, name, within)
                inside = one if isinstance(one, ast.ClassDef) else None
                waiting.append((one.body, f"{name}.", inside))
