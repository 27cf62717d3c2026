"""The functions and classes of Python source by their names, and where each stands."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from code_agent.python.functions import Function
from code_agent.python.source import lines_of, parsed, statements_in
from ygg.errors import BadInput

Definition = Function | ast.ClassDef
Kind = Literal["function", "async function", "class", "module"]

MODULE = "<module>"
"""The name of the module itself, as in Python's own tracebacks."""

ACCESSORS = ("setter", "deleter", "getter")
_INDENT = re.compile(r"(?:[ \t]*\f)*([ \t]*)")


@dataclass(frozen=True)
class Symbol:
    name: str
    """As it is reached: `parse`, `Stack.push`, `Stack.size.setter`."""
    kind: Kind
    first_line: int
    """The line of its first decorator, where it has any."""
    last_line: int
    indent: str
    text: str
    """Its lines, whole: a definition shares none with what is not its own."""
    within: str = ""
    """The name of its class, where it is in one."""
    is_overload: bool = False

    @property
    def own_name(self) -> str:
        return self.name.removeprefix(f"{self.within}.")


def all_symbols(source: str) -> list[Symbol]:
    """In their order, classes before what is in them; nothing of what is inside of functions."""
    lines = lines_of(source)
    return [_symbol(within, node, lines) for within, node in _definitions(parsed(source))]


def find(source: str, name: str) -> Symbol:
    """Of overloads the implementation, which is the last. Any other name that is there twice is
    refused: under conditions either may count, and replacing one would hide the other."""
    known = all_symbols(source)
    found = [one for one in known if one.name == name]
    if not found:
        raise _unknown(name, known)
    candidates = [one for one in found if not one.is_overload] or found[-1:]
    if len(candidates) > 1:
        places = " and ".join(str(one.first_line) for one in candidates)
        raise BadInput(
            f"{name} is ambiguous: it is defined in lines {places}",
            hint="name another symbol, or leave one definition of it",
        )
    return candidates[0]


def definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Each with the name by which it is reached."""
    for within, node in _definitions(tree):
        yield _joined(within, node), node


def _definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Each with the name of the class that it is in."""
    waiting = [("", one) for one in reversed(_directly_in(tree.body))]
    while waiting:
        within, node = waiting.pop()
        yield within, node
        if isinstance(node, ast.ClassDef):
            name = _joined(within, node)
            waiting.extend((name, one) for one in reversed(_directly_in(node.body)))


def _directly_in(body: list[ast.stmt]) -> list[Definition]:
    return [one for one in statements_in(body) if isinstance(one, Definition)]


def _joined(within: str, node: Definition) -> str:
    return f"{within}.{own_name(node)}" if within else own_name(node)


def own_name(node: Definition) -> str:
    """`x.setter` of what is decorated by that: it is another function than `x`."""
    for one in node.decorator_list:
        if (
            isinstance(one, ast.Attribute)
            and one.attr in ACCESSORS
            and isinstance(one.value, ast.Name)
            and one.value.id == node.name
        ):
            return f"{node.name}.{one.attr}"
    return node.name


def kind_of(node: Definition) -> Kind:
    if isinstance(node, ast.ClassDef):
        return "class"
    return "async function" if isinstance(node, ast.AsyncFunctionDef) else "function"


def first_line_of(node: Definition, lines: list[str]) -> int:
    """With its decorators. The `@` may stand alone on the line before, continued by a `\\`."""
    line = min(one.lineno for one in [node, *node.decorator_list])
    while node.decorator_list and line > 1 and not lines[line - 1].lstrip(" \t\f").startswith("@"):
        line -= 1
    return line


def is_overload(node: Definition) -> bool:
    return any(
        (isinstance(one, ast.Name) and one.id == "overload")
        or (isinstance(one, ast.Attribute) and one.attr == "overload")
        for one in node.decorator_list
    )


def indent_of(line: str) -> str:
    """What is before a form feed does not count."""
    found = _INDENT.match(line)
    return found[1] if found else ""


def _symbol(within: str, node: Definition, lines: list[str]) -> Symbol:
    first, last = first_line_of(node, lines), node.end_lineno or node.lineno
    return Symbol(
        name=_joined(within, node),
        kind=kind_of(node),
        first_line=first,
        last_line=last,
        indent=indent_of(lines[first - 1]),
        text="".join(lines[first - 1 : last]),
        within=within,
        is_overload=is_overload(node),
    )


def _unknown(name: str, known: list[Symbol]) -> BadInput:
    names = list(dict.fromkeys(one.name for one in known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"it defines {', '.join(names)}" if names else "it defines no function and no class"
    return BadInput(f"there is no {name} in it", hint=hint)
