"""A function that does nothing, in an answer's place: tests that it passes tell nothing of that."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from code_agent.languages.parsing import Unparsed, decoded, encoded
from code_agent.languages.symbols import symbols
from code_agent.languages.which import Language
from code_agent.python.expectations import expectations, plain_text
from code_agent.python.functions import dotted, functions_of
from code_agent.python.source import is_python, parsed

MOST = 4
_LITERAL = re.compile(r"\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|(?<![\w.])\d[\d_]*(?:\.\d+)?(?![\w.])")

_ORDINARY = frozenset(("0", "1", "''", "True", "False", "None"))


def _returning(value: str) -> str:
    return f"{{ return {value}; }}"


_BODIES: Mapping[Language, Callable[[str], str]] = {
    "javascript": _returning,
    "typescript": _returning,
    "tsx": _returning,
    "go": lambda value: f"{{\n\treturn {value}\n}}",
    "rust": lambda value: f"{{ {value} }}",
    "bash": lambda value: f"{{ echo {value}; }}",
}


@dataclass(frozen=True)
class Idle:
    says: str
    text: str
    """Of the whole file."""


def idle_ones(
    language: Language, name: str, before: str, after: str, tests: Sequence[str]
) -> list[Idle]:
    """In the place of the function in `after`. They give back values of the tests: none where the
    tests ask for different ones, and of Python only those that the answer may be fitted to."""
    own, text = name.rpartition(".")[2], after
    if language == "python":
        values = [one for one in _of_python(tests, own) if _is_fitted(one, name, before, after)]
    else:
        values = _last_ones(tests, own)
    made = _python if language == "python" else _other
    found = ((value, made(language, text, name, value)) for value in values[:MOST])
    return [
        Idle(f"{own} with nothing in it that always gives back {value}", one)
        for value, one in found
        if one is not None
    ]


def _of_python(tests: Sequence[str], own: str) -> list[str]:
    trees = [one for one in tests if is_python(one)]
    asked = list(dict.fromkeys(value for one in trees for value in _asked(one, own)))
    if asked:
        return asked if len(asked) == 1 else []
    wanted = [one.value for text in trees for one in expectations(text)]
    every = [repr(node.value) for text in trees for node in _constants(text)]
    return list(dict.fromkeys([*wanted, *every]))


def _is_fitted(value: str, name: str, before: str, after: str) -> bool:
    """The answer has brought the value with it, or a number to reckon with where that is one."""
    function = dict(functions_of(parsed(after))).get(name)
    old = dict(functions_of(parsed(before))).get(name) if is_python(before) else None
    if function is None:
        return False
    parts, known = _values(parsed(value)), _values(old) if old else set()
    new = _values(function) - known
    is_number = all(one.replace(".", "").isdigit() for one in parts)
    return bool(parts & new - _ORDINARY) or (is_number and bool(_reckoned_with(function) & new))


def _reckoned_with(function: ast.AST) -> set[str]:
    found: list[ast.expr] = []
    for node in ast.walk(function):
        match node:
            case ast.BinOp(left=left, right=right):
                found += [left, right]
            case ast.AugAssign(value=value):
                found.append(value)
    return {repr(one.value) for one in found if isinstance(one, ast.Constant)}


def _values(node: ast.AST) -> set[str]:
    """As Python writes them."""
    return {repr(one.value) for one in ast.walk(node) if isinstance(one, ast.Constant)}


def _asked(test: str, own: str) -> Iterator[str]:
    """What the function itself must be equal to, wherever the test comes to its end."""
    for node in ast.walk(parsed(test)):
        match node:
            case ast.Assert(
                test=ast.Compare(
                    left=ast.Call() as call, ops=[ast.Eq() | ast.Is()], comparators=[value]
                )
            ) if dotted(call.func).rpartition(".")[2] == own:
                if (plain := plain_text(value)) is not None:
                    yield plain


def _constants(test: str) -> Iterator[ast.Constant]:
    return (one for one in ast.walk(parsed(test)) if isinstance(one, ast.Constant))


def _last_ones(tests: Sequence[str], own: str) -> list[str]:
    """Literals after a call of it come first: there tests have what they want."""
    called = re.compile(rf"(?<!\w){re.escape(own)}(?!\w)(?:.*?\))?(?P<rest>.*)")
    rest = [found["rest"] for text in tests for found in called.finditer(text)]
    after = [value for one in rest for value in _LITERAL.findall(one)]
    every = [value for text in tests for value in _LITERAL.findall(text)]
    return list(dict.fromkeys([*after, *every]))


def _python(_: Language, text: str, name: str, value: str) -> str | None:
    tree = parsed(text)
    function = dict(functions_of(tree)).get(name)
    if function is None or function.name == "__init__":
        return None
    function.body = [ast.Return(ast.parse(value, mode="eval").body)]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _other(language: Language, text: str, name: str, value: str) -> str | None:
    try:
        found = [one for one in symbols(language, text) if one.full_name == name]
    except Unparsed:
        return None
    if len(found) != 1 or found[0].body_byte >= found[0].end_byte or language not in _BODIES:
        return None
    content, one = encoded(text), found[0]
    body = content[one.body_byte : one.end_byte]
    end = body.rfind(b"}") + 1 if body.startswith(b"{") else len(body.rstrip(b"; \r\n"))
    new = _BODIES[language](value)
    return decoded(content[: one.body_byte] + encoded(new) + body[end:] + content[one.end_byte :])
