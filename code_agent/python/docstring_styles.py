"""A model's words as a docstring of one of three styles."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from code_agent.python.docstring_layout import Entry, Parts, one_line, write
from code_agent.python.functions import Function
from code_agent.python.indentation import outdented
from code_agent.python.parameters import (
    Parameter,
    called_with,
    made_with,
    returns_something,
    yields_something,
)
from code_agent.python.source import parsed
from code_agent.python.symbols import Definition, Symbol
from code_agent.unusable import Unusable

Style = Literal["google", "numpy", "sphinx"]
WIDTH = 88
LEAST_WIDTH = 40
_INDENT = 4


@dataclass(frozen=True)
class Words:
    """What a model says of a symbol. It says nothing of how that is written down."""

    summary: str
    params: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    yields: str = ""


_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]+\|\s+)?[\w.+:-]+\s?::")
"""Of reStructuredText: some read files, or run code."""


def rendered(words: Words, symbol: Symbol, style: Style, *, width: int = WIDTH) -> str:
    """The text of the docstring, not indented. `Unusable` where the words fit no such symbol.

    What a function does not return or yield is not said of it, whatever the words are.
    """
    depth = 0 if symbol.kind == "module" else len(symbol.indent.expandtabs(_INDENT)) + _INDENT
    parts = _parts(words, symbol)
    if not parts.summary:
        raise Unusable("the words have no summary")
    text = "\n".join(write(parts, style, max(width - depth, LEAST_WIDTH)))
    if ">>>" in text:
        raise Unusable("the words hold an example, which nobody has run")
    if found := _DIRECTIVE.search(text):
        raise Unusable(f"the words hold {found[0]}, which tools would obey")
    return text


def _parts(words: Words, symbol: Symbol) -> Parts:
    node = None if symbol.kind == "module" else _node(symbol)
    returns, yields = _results(words, node)
    return Parts(
        summary=_sentence(words.summary),
        params=_params(words, symbol, node),
        returns=returns,
        yields=yields,
    )


def _results(words: Words, node: Definition | None) -> tuple[Entry, Entry]:
    nothing = Entry("", "", "")
    if not isinstance(node, Function):
        return nothing, nothing
    annotation = ast.unparse(node.returns) if node.returns else ""
    returns = Entry("", annotation, one_line(words.returns))
    yields = Entry("", annotation, one_line(words.yields))
    return (
        returns if returns_something(node) else nothing,
        yields if yields_something(node) else nothing,
    )


def _params(words: Words, symbol: Symbol, node: Definition | None) -> tuple[Entry, ...]:
    """In the order in which they are declared."""
    said = {name.strip().lstrip("*"): one_line(says) for name, says in words.params.items()}
    known = {one.name: one for one in _known(symbol, node)}
    for name in said:
        if name not in known:
            raise Unusable(f"{symbol.name} has no parameter {name!r}")
    return tuple(
        Entry(one.shown, _annotation(one), said[name])
        for name, one in known.items()
        if said.get(name)
    )


def _known(symbol: Symbol, node: Definition | None) -> list[Parameter]:
    if node is None:
        return []
    if isinstance(node, ast.ClassDef):
        return made_with(node) or []
    return called_with(node, in_class=bool(symbol.within))


def _annotation(one: Parameter) -> str:
    shown = ast.unparse(one.annotation) if one.annotation else ""
    return f"{shown}, optional" if shown and one.default else shown


def _node(symbol: Symbol) -> Definition | None:
    body = parsed(outdented(symbol.text)).body
    return next((one for one in body if isinstance(one, Definition)), None)


def _sentence(text: str) -> str:
    line = one_line(text)
    return f"{line}." if line and line[-1].isalnum() else line
