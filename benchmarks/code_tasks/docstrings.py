"""Whether docstrings were added, say what they should, and nothing else was touched."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

GOOGLE = re.compile(r"^[ ]*\*{0,2}(\w+)(?:[ ]*\([^)]*\))?:", re.MULTILINE)
NUMPY = re.compile(r"^[ ]*\*{0,2}(\w+(?:,[ ]*\*{0,2}\w+)*)[ ]*(?::.*)?$", re.MULTILINE)
SPHINX = re.compile(r":param(?:[ ]+[^:\n]*?)?[ ]+\\?\*{0,2}(\w+):")
SECTION = {
    "google": re.compile(
        r"^(?:Args|Arguments|Parameters):[ ]*\n((?:[ ]+.*\n|[ ]*\n)*)", re.MULTILINE
    ),
    "numpy": re.compile(
        r"^Parameters[ ]*\n-{3,}[ ]*\n((?:.*\n)*?)(?=^\w[\w ]*\n-{3,}[ ]*$|\Z)", re.MULTILINE
    ),
}


def complaints(
    before: str, after: str, style: str, about: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    try:
        tree = ast.parse(after)
    except SyntaxError as error:
        yield f"is not Python: {error.msg}"
        return
    if bare(before) != bare(after):
        yield "the code is not what it was"
    if comments(before) != comments(after):
        yield "the comments are not what they were"
    for name, node in public(tree):
        yield from of_one(name, node, style, about.get(name, ()))


def of_one(name: str, node: Documented, style: str, words: Sequence[str]) -> Iterator[str]:
    text = ast.get_docstring(node) or ""
    if len(text.split()) < 2:
        yield f"{name}: no docstring"
        return
    if words and not any(word in text.lower() for word in words):
        yield f"{name}: says nothing of {' or '.join(words)}"
    wanted, listed = parameters(node), described(text, style)
    for missing in sorted(wanted - listed):
        yield f"{name}: does not describe {missing} in {style} style"
    for invented in sorted(listed - wanted - fields(node)):
        yield f"{name}: has no parameter {invented}"


def public(tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """Functions and classes without an underscore, and the methods of those classes."""
    for node in tree.body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, Documented) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def parameters(node: Documented) -> set[str]:
    """Those that a docstring has to describe. A class may describe its own, or leave them out."""
    if isinstance(node, ast.ClassDef):
        return set()
    return all_parameters(node) - {"self", "cls"}


def all_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    given = node.args
    stars = [star for star in (given.vararg, given.kwarg) if star]
    return {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *stars)}


def fields(node: Documented) -> set[str]:
    """What else the docstring of a class may list: what its constructor takes, its attributes."""
    if not isinstance(node, ast.ClassDef):
        return set()
    names: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            names |= all_parameters(inner)
        elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
            names.add(inner.target.id)
    return names


def described(text: str, style: str) -> set[str]:
    """The parameters that a docstring lists in the way of its style."""
    if style == "sphinx":
        return set(SPHINX.findall(text))
    section = SECTION[style].search(text + "\n")
    if section is None:
        return set()
    lines = outermost(section.group(1))
    if style == "google":
        return set(GOOGLE.findall(lines))
    names = ",".join(NUMPY.findall(lines)).replace("*", "")
    return {name.strip() for name in names.split(",") if name.strip()}


def outermost(section: str) -> str:
    """Its lines that are indented the least: the others go on with what those began."""
    lines = [line for line in section.splitlines() if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(line for line in lines if len(line) - len(line.lstrip()) == least)


def bare(source: str) -> str:
    """The code without its docstrings, in one way of writing."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | Documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]
