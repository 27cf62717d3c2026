"""Docstrings put where there are none. The model writes words; no code passes through it."""

from __future__ import annotations

import ast
import inspect
import tokenize
from collections import Counter
from collections.abc import Collection

from code_agent.python.holders import Holder, Holding, holder
from code_agent.python.indentation import unit_of
from code_agent.python.offer import node_of
from code_agent.python.public import decorators_of, exported, is_public, is_special
from code_agent.python.same_code import same_code
from code_agent.python.source import (
    column,
    header_lines,
    lines_of,
    newline_of,
    parsed,
    said_of,
    tokens_of,
)
from code_agent.python.symbols import (
    MODULE,
    Definition,
    Symbol,
    all_symbols,
    find,
    indent_of,
    is_overload,
)
from code_agent.unusable import Unusable

_SAID_ELSEWHERE = frozenset({"overload", "override", "setter", "deleter"})
"""What these decorate is documented where it is first defined."""


def undocumented(source: str, names: Collection[str] | None = None) -> list[Symbol]:
    """Those of the given names, or of all that are public, that have no docstring.

    What is defined twice is left out of the latter: no name says which is meant.
    """
    tree = parsed(source)
    if names is not None:
        wanted = [_module(source) if name == MODULE else find(source, name) for name in names]
        return [one for one in wanted if not _is_documented(tree, one.name)]
    exports = exported(tree)
    known = [one for one in all_symbols(source) if not one.is_overload]
    times = Counter(one.name for one in known)
    found = [
        one
        for one in known
        if times[one.name] == 1 and is_public(one.name, exports) and _is_wanted(tree, one)
    ]
    if tree.body and not _is_documented(tree, MODULE):
        found.insert(0, _module(source))
    return found


def inserted(source: str, name: str, docstring: str) -> str:
    """What has a docstring is left alone: doing it twice changes nothing.

    A body on the line of its header gets a line of its own, for there is no other room. `Unusable`
    when more than a docstring would change, or the docstring is empty.
    """
    words = inspect.cleandoc(docstring.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not words:
        raise Unusable("the docstring is empty")
    tree = parsed(source)
    node = _node(source, tree, name)
    found = holder(node)
    if found.docstring is not None or (isinstance(node, Definition) and is_overload(node)):
        return source
    if isinstance(node, ast.Module):
        result = _into_module(source, words)
    elif found.is_on_header(lines_of(source)):
        result = _beside(source, found, words)
    else:
        result = _into_body(source, found, words)
    try:
        change = same_code(source, result)
    except SyntaxError as error:
        change = said_of(error)
    if change is not None:
        raise Unusable(f"{name} cannot take a docstring: {change}")
    return result


def literal(words: str, indent: str) -> str:
    """As source, without the indentation of its first line and the end of its last."""
    prefix, shown = _escaped("\n".join(line.rstrip() for line in words.split("\n")))
    first, *others = shown.split("\n")
    if not others and not words.endswith(('"', "\\")):
        return f'{prefix}"""{first}"""'
    rest = [indent + line if line else "" for line in others]
    return "\n".join([f'{prefix}"""{first}', *rest, f'{indent}"""'])


def _escaped(words: str) -> tuple[str, str]:
    """Raw where backslashes are all that would need to be escaped."""
    is_plain = words.replace("\n", "").isprintable()
    if "\\" in words and is_plain and '"""' not in words:
        return "r", words
    shown = words.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "", "".join(one if one == "\n" or one.isprintable() else _code(one) for one in shown)


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _into_module(source: str, words: str) -> str:
    """After the comments at its top that are about the file."""
    lines = lines_of(source)
    newline = newline_of(lines[0]) if lines else "\n"
    place = header_lines(lines)
    text = _with_ends(literal(words, ""), newline)
    return "".join([*lines[:place], text, *_apart(lines, place, newline), *lines[place:]])


def _into_body(source: str, found: Holder, words: str) -> str:
    lines = lines_of(source)
    header = _header_end(source, found.node)
    newline = newline_of(lines[header - 1])
    indent = indent_of(lines[found.begins_at(lines) - 1])
    text = indent + _with_ends(literal(words, indent), newline)
    apart = _apart(lines, header, newline) if isinstance(found.node, ast.ClassDef) else []
    return "".join([*lines[:header], text, *apart, *lines[header:]])


def _beside(source: str, found: Holder, words: str) -> str:
    """`class Stop(Exception): pass` over several lines."""
    if not isinstance(found.node, Definition) or found.first is None:
        return source
    lines = lines_of(source)
    number = found.first.lineno - 1
    line = lines[number]
    place = column(line, found.first.col_offset)
    newline = newline_of(line)
    indent = indent_of(lines[found.node.lineno - 1]) + unit_of(source)
    docstring = indent + _with_ends(literal(words, indent), newline)
    apart = [newline] if isinstance(found.node, ast.ClassDef) else []
    split = [line[:place].rstrip(), newline, docstring, *apart, indent, line[place:]]
    return "".join([*lines[:number], *split, *lines[number + 1 :]])


def _header_end(source: str, node: Holding) -> int:
    """The last line of `def …:` or `class …:`."""
    begins = 0 if isinstance(node, ast.Module) else node.lineno
    return next(
        one.start[0]
        for one in tokens_of(source)
        if one.type == tokenize.NEWLINE and one.start[0] >= begins
    )


def _with_ends(text: str, newline: str) -> str:
    return text.replace("\n", newline) + newline


def _apart(lines: list[str], place: int, newline: str) -> list[str]:
    return [newline] if place < len(lines) and lines[place].strip() else []


def _is_wanted(tree: ast.Module, symbol: Symbol) -> bool:
    if is_special(symbol.name.rpartition(".")[2]) or _is_documented(tree, symbol.name):
        return False
    return _SAID_ELSEWHERE.isdisjoint(decorators_of(node_of(tree, symbol.name)))


def _is_documented(tree: ast.Module, name: str) -> bool:
    node = tree if name == MODULE else node_of(tree, name)
    return holder(node).docstring is not None


def _node(source: str, tree: ast.Module, name: str) -> Holding:
    if name == MODULE:
        return tree
    find(source, name)
    return node_of(tree, name)


def _module(source: str) -> Symbol:
    return Symbol(MODULE, "module", 1, len(lines_of(source)), "", source)
