"""The first line of a function as it was asked for, where an answer only calls things otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from code_agent.python.functions import Function
from code_agent.python.offsets import Offsets, replaced
from code_agent.python.parameters import parameters_of
from code_agent.python.source import parsed

Span = tuple[int, int, str]


def as_signed(code: str, signature: str) -> str:
    """The code as it is, where more than names, types and defaults would have to change."""
    wanted = _only_function(signature)
    given = _named_alike(code, wanted) if wanted else None
    names = _renamed(given, wanted) if given and wanted else None
    if given is None or names is None or _clashes(given, names):
        return code
    offsets = Offsets(code)
    head = f"{signature.strip().removesuffix(':').rstrip()}:"
    spans = [*_uses(given, names, offsets), (*_head(given, offsets), head)]
    for start, end, text in sorted(spans, reverse=True):
        code = replaced(code, start, end, text)
    return code


def _only_function(signature: str) -> Function | None:
    try:
        body = parsed(f"{signature.strip().removesuffix(':')}: ...").body
    except SyntaxError:
        return None
    return body[0] if len(body) == 1 and isinstance(body[0], Function) else None


def _named_alike(code: str, wanted: Function) -> Function | None:
    found = [
        one
        for one in parsed(code).body
        if isinstance(one, Function) and type(one) is type(wanted) and one.name == wanted.name
    ]
    return found[0] if len(found) == 1 else None


def _renamed(given: Function, wanted: Function) -> Mapping[str, str] | None:
    """By the names that they have. Nothing where the parameters are others, or in another order."""
    own, asked = parameters_of(given), parameters_of(wanted)
    if [one.way for one in own] != [one.way for one in asked]:
        return None
    pairs = {one.name: other.name for one, other in zip(own, asked, strict=True)}
    swapped = pairs.keys() & {new for old, new in pairs.items() if old != new}
    return None if swapped else {old: new for old, new in pairs.items() if old != new}


def _clashes(given: Function, names: Mapping[str, str]) -> bool:
    """Whether a new name means something in it already, or an old one something else within."""
    known = {one.id for one in ast.walk(given) if isinstance(one, ast.Name)}
    within = [one for one in ast.walk(given) if isinstance(one, ast.arguments)]
    bound = {one.arg for each in within if each is not given.args for one in _args(each)}
    bound |= {one.name for one in ast.walk(given) if isinstance(one, Function | ast.ClassDef)}
    told = {name for one in ast.walk(given) if isinstance(one, ast.Global) for name in one.names}
    return bool(set(names.values()) & (known | bound) or names.keys() & (bound | told))


def _args(found: ast.arguments) -> Iterator[ast.arg]:
    return (one for one in ast.walk(found) if isinstance(one, ast.arg))


def _uses(given: Function, names: Mapping[str, str], offsets: Offsets) -> Iterator[Span]:
    for statement in given.body:
        for one in ast.walk(statement):
            if isinstance(one, ast.Name) and one.id in names:
                yield (*offsets.span(one), names[one.id])
            elif isinstance(one, ast.Call) and ast.unparse(one.func) == given.name:
                yield from _by_name(one, names, offsets)


def _by_name(call: ast.Call, names: Mapping[str, str], offsets: Offsets) -> Iterator[Span]:
    """Where the function calls itself."""
    for one in call.keywords:
        if one.arg and one.arg in names:
            start = offsets.at(one.lineno, one.col_offset)
            yield start, start + len(one.arg), names[one.arg]


def _head(given: Function, offsets: Offsets) -> tuple[int, int]:
    """From its first word to the colon; decorators stay."""
    start, _ = offsets.span(given)
    first, _ = offsets.span(given.body[0])
    depth = 0
    for token in offsets.tokens(start, first):
        depth += (token.text in "([{") - (token.text in ")]}")
        if token.text == ":" and depth == 0:
            return start, token.end
    raise AssertionError("a function has a colon")
