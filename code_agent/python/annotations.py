"""Annotations in one spelling, so that those that mean the same read the same."""

from __future__ import annotations

import ast

from code_agent.python.functions import dotted

_MODULES = frozenset(
    {"typing", "t", "tp", "typing_extensions", "collections.abc", "abc", "collections", "builtins"}
)
_NOW_CALLED = {
    "List": "list",
    "Dict": "dict",
    "Set": "set",
    "FrozenSet": "frozenset",
    "Tuple": "tuple",
    "Type": "type",
    "Text": "str",
    "DefaultDict": "defaultdict",
    "Deque": "deque",
}
_TAKEN_AS_IT_STANDS = frozenset({"Literal", "Annotated"})
"""What is in their brackets is more than types."""


def annotation_text(node: ast.expr | None) -> str:
    """`int | None` of `Optional[int]`, `"None | int"` and `typing.Union[int, None]`."""
    if node is None:
        return ""
    return " | ".join(sorted(set(_members(node)), key=lambda one: (one == "None", one)))


def _members(node: ast.expr) -> list[str]:
    """What a union is of; anything else is its only member."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _members_of_text(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_members(node.left), *_members(node.right)]
    if isinstance(node, ast.Subscript):
        name = _name(node.value)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Optional":
            return [*_members(node.slice), "None"]
        if name == "Union":
            return [each for one in inner for each in _members(one)]
        if name not in _TAKEN_AS_IT_STANDS:
            return [f"{name}[{', '.join(map(annotation_text, inner))}]"]
        return [f"{name}[{', '.join(map(ast.unparse, inner))}]"]
    if isinstance(node, ast.List):
        return [f"[{', '.join(map(annotation_text, node.elts))}]"]
    return [_name(node)]


def _members_of_text(text: str) -> list[str]:
    try:
        return _members(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return [repr(text)]


def _name(node: ast.expr) -> str:
    whole = dotted(node)
    module, _, last = whole.rpartition(".")
    if not whole:
        return ast.unparse(node)
    if module and module not in _MODULES:
        return whole
    return _NOW_CALLED.get(last, last)
