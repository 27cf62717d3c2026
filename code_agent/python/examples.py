"""Examples of use that a text holds: doctests, and sentences such as `area(2, 3) == 6`."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from code_agent.python.source import is_python

MOST = 50
VALUE_LENGTH = 200
MOST_BETWEEN = 100
"""Letters between a call and what comes of it."""
_SAYS = re.compile(
    r"[`'\"]?\s*(?:==|-+>|=+>|→|⇒|\breturns?\b|\bgives?\b|\bis\b|\bshould be\b)\s*[`]?"
)
_RAISES = re.compile(
    r"[`'\"]?\s*(?:raises?|throws?)\s+(?:an?\s+)?[`]?([A-Z]\w*(?:Error|Exception|Exit|Stop\w*))"
)
_ERROR = re.compile(r"^Traceback.*?^([A-Z][\w.]*)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Example:
    call: str
    expected: str = ""
    """The literal that the call must be equal to."""
    raises: str = ""
    before: tuple[str, ...] = ()
    """Statements that lead up to it."""


def examples(text: str, names: Collection[str]) -> list[Example]:
    """Each once, in the order in which they stand. Only what has a plain value can be tried."""
    found = [*_doctests(text), *(one for name in names for one in _sentences(text, name))]
    unique = {(one.call, one.before): one for one in reversed(found)}
    return list(reversed(unique.values()))[:MOST]


def without_examples(text: str, found: Collection[Example]) -> str:
    """What a text says but for the examples in it."""
    for one in found:
        ends = re.escape(one.expected or one.raises)
        text = re.sub(rf"{re.escape(one.call)}.{{0,{MOST_BETWEEN}}}?{ends}", "", text, flags=re.S)
    return text


def as_tests(found: Collection[Example], module: str) -> str:
    """A pytest file that tries them."""
    lines = ["import pytest", f"from {module} import *", f"import {module}", ""]
    for number, one in enumerate(found, 1):
        lines += [f"def test_example_{number}():", *(f"    {line}" for line in _body(one)), ""]
    return "\n".join(lines)


def _body(one: Example) -> Iterator[str]:
    for statement in one.before:
        yield from statement.splitlines()
    if one.raises:
        yield f"with pytest.raises({one.raises}):"
        yield f"    {one.call}"
    elif isinstance(ast.literal_eval(one.expected), float):
        yield f"assert ({one.call}) == pytest.approx({one.expected})"
    else:
        yield f"assert ({one.call}) == {one.expected}"
        yield f"assert type({one.call}) is type({one.expected})"


def _doctests(text: str) -> Iterator[Example]:
    before: list[str] = []
    try:
        parts = doctest.DocTestParser().get_examples(text)
    except ValueError:
        return
    for part in parts:
        source = part.source.strip()
        if not is_python(source):
            continue
        if not part.want.strip() and not part.exc_msg:
            before.append(source)
            continue
        error = _ERROR.search(part.want)
        if error:
            yield Example(source, raises=error[1].rpartition(".")[2], before=tuple(before))
        elif _is_plain(part.want.strip()) and _is_expression(source):
            yield Example(source, part.want.strip(), before=tuple(before))


def _sentences(text: str, name: str) -> Iterator[Example]:
    for begin in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", text):
        if text[: begin.start()].rpartition("\n")[2].rstrip().endswith((">>>", "def", "class")):
            continue
        call = _call(text[begin.start() :].partition("\n")[0])
        if call is None:
            continue
        rest = text[begin.start() + len(call) :].partition("\n")[0]
        if raised := _RAISES.match(rest):
            yield Example(call, raises=raised[1])
        elif said := _SAYS.match(rest):
            value = _value(rest[said.end() :])
            if value is not None:
                yield Example(call, value)


def _call(line: str) -> str | None:
    """The shortest beginning that is a whole call of plain values."""
    for place, letter in enumerate(line[: VALUE_LENGTH * 2]):
        if letter == ")":
            try:
                tree = ast.parse(line[: place + 1], mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if isinstance(tree, ast.Call) and all(map(_is_plain_node, _given(tree))):
                return line[: place + 1]
            return None
    return None


def _value(text: str) -> str | None:
    """The longest beginning that is a plain value. What ends a sentence is none of it."""
    text = text[:VALUE_LENGTH]
    for end in range(len(text), 0, -1):
        found = text[:end].strip().rstrip(",.;:")
        is_whole = end == len(text) or not text[end].isalnum()
        if is_whole and _is_plain(found) and (found[0] == "(" or not _is_tuple(found)):
            return found
    return None


def _is_tuple(text: str) -> bool:
    return isinstance(ast.literal_eval(text), tuple)


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(one.value for one in call.keywords)]


def _is_plain(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return bool(text)


def _is_plain_node(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


def _is_expression(source: str) -> bool:
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return False
    return True
