"""One function, method or class of a file replaced by what a model wrote for it."""

from __future__ import annotations

import ast

from code_agent.python.imports import lifted
from code_agent.python.indentation import Depth, moved, outdented, unit_of
from code_agent.python.offer import Offer, node_of, offered
from code_agent.python.sameness import same_tree, shape
from code_agent.python.source import (
    lines_of,
    lines_within_strings,
    newline_of,
    parsed,
    said_of,
    tokens_of,
)
from code_agent.python.symbols import Definition, Symbol, find, first_line_of, indent_of
from code_agent.unusable import Unusable


def spliced(source: str, name: str, replacement: str, *, extras: bool = False) -> str:
    """Every byte around the symbol stays; only imports that it needs are added at the top.

    `replacement` defines the symbol, alone or within its class. What the file has already is
    ignored in it, and so are examples of use; anything else is `Unusable`, but for helpers when
    `extras` are asked for: they are put before it.
    """
    old = find(source, name)
    text = outdented(replacement)
    try:
        tree = parsed(text)
    except SyntaxError as error:
        raise Unusable(f"it is no Python: {said_of(error)}") from error
    offer = offered(tree, parsed(source), old, extras=extras)
    lines = lines_of(source)
    first, last = old.first_line - 1, old.last_line
    body = _body(source, old, replacement, offer)
    helpers = _helpers(lines, text, offer)
    place = _above(source, old) if helpers else first
    result = "".join([*lines[:place], *helpers, *lines[place:first], *body, *lines[last:]])
    return _checked(source, result, old, offer)


def _body(source: str, old: Symbol, replacement: str, offer: Offer) -> list[str]:
    """On the place and with the ends of what was there; its decorators where it brings none."""
    text = outdented(replacement)
    lines, before = lines_of(replacement), lines_of(old.text)
    first, last = _span(offer.node, lines)
    kept = {line - first for line in lines_within_strings(tokens_of(text))}
    given = Depth(indent_of(lines[first - 1]), unit_of(text))
    wanted = Depth(old.indent, unit_of(source, given.unit))
    head = lines[first - 1].removeprefix(_before_indent(lines[first - 1], given.indent))
    body = moved([head, *lines[first:last]], kept, given, wanted)
    newline = newline_of(before[0], newline_of(lines_of(source)[0]))
    body = [one.rstrip("\r\n") + newline for one in body]
    if not newline_of(before[-1], ""):
        body[-1] = body[-1].rstrip("\r\n")
    if offer.kept_lines:
        return before[: offer.kept_lines] + body
    return [_before_indent(before[0], old.indent) + body[0], *body[1:]]


def _before_indent(line: str, indent: str) -> str:
    """What stands before a line's indentation, such as a form feed."""
    return line[: len(line) - len(line.lstrip(" \t\f"))].removesuffix(indent)


def _helpers(lines: list[str], text: str, offer: Offer) -> list[str]:
    given, newline = lines_of(text), newline_of(lines[0])
    found: list[str] = []
    for one in offer.extras:
        first, last = _span(one, given)
        found += [line.rstrip("\r\n") + newline for line in given[first - 1 : last]]
        found += [newline, newline]
    return found


def _span(one: ast.stmt, lines: list[str]) -> tuple[int, int]:
    first = first_line_of(one, lines) if isinstance(one, Definition) else one.lineno
    return first, one.end_lineno or one.lineno


def _above(source: str, old: Symbol) -> int:
    """So many lines are before the symbol or its outermost class, and the comment upon that."""
    lines = lines_of(source)
    outermost = next(one for one in parsed(source).body if (one.end_lineno or 0) >= old.last_line)
    count = _span(outermost, lines)[0] - 1
    while count and lines[count - 1].startswith("#"):
        count -= 1
    return count


def _checked(source: str, result: str, old: Symbol, offer: Offer) -> str:
    """Nothing but the symbol may have become another: this holds the above to it."""
    try:
        before, after = parsed(source), parsed(result)
        added = {shape(one) for one in offer.extras}
        after.body = [one for one in after.body if shape(one) not in added]
        _blank(node_of(before, old.name))
        _blank(node_of(after, old.name))
        if change := same_tree(before, after):
            raise Unusable(f"it does not fit into the file: {change}")
        result = lifted(result, offer.imports)
        parsed(result)
    except SyntaxError as error:
        raise Unusable(f"it does not fit into the file: {said_of(error)}") from error
    return result


def _blank(node: Definition) -> None:
    for field in node._fields:
        if field != "name":
            setattr(node, field, None)
