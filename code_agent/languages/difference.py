"""Whether a correction is one of form alone: the same syntax tree, whatever it looks like."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from code_agent.languages.parsing import Parsed, Unparsed, nodes, parse
from code_agent.languages.which import Language, language_of
from code_agent.python.forms import in_one_form
from code_agent.python.functions import Function
from code_agent.python.sameness import same_ast, same_tree, shape
from code_agent.python.source import lines_of, parsed, said_of
from code_agent.python.splice import spliced
from code_agent.python.symbols import definitions

UNKNOWN = "its language is not known here"


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Where code became other code first, by the files in which it did."""
    found = {}
    for path, text in after.items():
        if text == before[path]:
            continue
        if difference := _difference(before[path], text, language_of(path, text)):
            found[path] = difference
    return found


def changed_functions(before: str, after: str) -> list[str]:
    """Those of Python that are other code than before, by their names."""
    old = {(name, shape(node)) for name, node in definitions(parsed(before))}
    return [
        name
        for name, node in definitions(parsed(after))
        if isinstance(node, Function) and (name, shape(node)) not in old
    ]


def without_body(source: str, name: str) -> str:
    """The same file, in which that function does nothing but fail. Unusable if it cannot be."""
    node = dict(definitions(parsed(source)))[name]
    node.body = [ast.Raise(ast.Call(ast.Name("NotImplementedError"), [], []))]
    return spliced(source, name, ast.unparse(ast.fix_missing_locations(node)) + "\n")


def _difference(before: str, after: str, language: Language | None) -> str:
    if language is None:
        return UNKNOWN
    try:
        if language == "python":
            return _python(before, after)
        return _other(parse(language, before), parse(language, after))
    except SyntaxError as error:
        return f"it is no Python: {said_of(error)}"
    except Unparsed as error:
        return error.reason


def _python(before: str, after: str) -> str:
    """Told as it stands there, and not in the form in which it is compared."""
    told = same_ast(before, after)
    if told is None:
        return ""
    try:
        same = same_tree(in_one_form(parsed(before)), in_one_form(parsed(after))) is None
    except RecursionError:
        same = False
    return "" if same else told


def _other(before: Parsed, after: Parsed) -> str:
    for one, other in zip_longest(_parts(before), _parts(after)):
        if one is None or other is None or one[1:] != other[1:]:
            line = (other or one or (0,))[0]
            return f"line {line}: {_line(after, line)}"
    return ""


def _parts(of: Parsed) -> Iterator[tuple[int, str, int, str]]:
    """Each with its line; comments are none."""
    for node, depth in nodes(of.tree, lambda node: "comment" not in node.type):
        if "comment" not in node.type:
            text = "" if node.child_count else of.text(node)
            yield node.start_point[0] + 1, node.type, depth, text


def _line(of: Parsed, number: int) -> str:
    lines = lines_of(of.content.decode(errors="replace"))
    return lines[number - 1].strip()[:60] if number <= len(lines) else "the end"
