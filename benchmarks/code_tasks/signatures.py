"""What the public functions and methods of a module take."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def parameters(text: str) -> dict[str, str]:
    """The parameters of each, without the types: to add one is no change of what it takes."""
    return {name: taken(node.args) for name, node in public_functions(ast.parse(text))}


def headers(text: str) -> dict[str, str]:
    """The same with their defaults."""
    return {
        name: f"{taken(node.args)} {defaults(node.args)}"
        for name, node in public_functions(ast.parse(text))
    }


def public_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def taken(given: ast.arguments) -> str:
    names = [one.arg for one in (*given.posonlyargs, *given.args)]
    keywords = [one.arg for one in given.kwonlyargs]
    stars = [star.arg for star in (given.vararg, given.kwarg) if star]
    return f"{names} {keywords} {stars}"


def defaults(given: ast.arguments) -> list[str]:
    return [ast.unparse(one) for one in (*given.defaults, *given.kw_defaults) if one]
