"""The parameters that a docstring names, and those among them that there are none of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from code_agent.python.docstring_styles import Style
from code_agent.python.offer import node_of
from code_agent.python.parameters import called_with, made_with, parameters_of
from code_agent.python.source import parsed
from code_agent.python.symbols import MODULE, find

STYLES: tuple[Style, ...] = ("google", "numpy", "sphinx")
_GOOGLE_TITLE = re.compile(r"( *)(?:Args|Arguments|Parameters|Params):\s*")
_GOOGLE_ENTRY = re.compile(r"( *)((?:\\?\*){0,2}\w+(?:, *(?:\\?\*){0,2}\w+)*) *(?:\([^\n]*?\))?:")
_NUMPY_TITLE = re.compile(r"( *)(?:Other )?Parameters\s*")
_RULE = re.compile(r" *-{3,}\s*")
_NUMPY_ENTRY = re.compile(r"( *)((?:\\?\*){0,2}\w+(?:, *(?:\\?\*){0,2}\w+)*) *(?::.*)?")
_FIELD = re.compile(
    r"^ *:(?:param|parameter|arg|argument|type)\s+(?:[^:\n]*?\s)?((?:\\?\*){0,2}\w+)\s*:",
    re.MULTILINE,
)


def params_named(docstring: str, style: Style) -> list[str]:
    """In their order, without stars. Of Google's keyword arguments none: they are anything."""
    if style == "sphinx":
        found = _FIELD.findall(docstring)
    else:
        lines = docstring.expandtabs().splitlines()
        found = list(_google(lines) if style == "google" else _numpy(lines))
    names = (name.strip().lstrip("\\*") for each in found for name in each.split(","))
    return list(dict.fromkeys(names))


def wrong_params(source: str, name: str, docstring: str) -> list[str]:
    """Those that a docstring of whatever style names and that the symbol does not have."""
    named = dict.fromkeys(each for style in STYLES for each in params_named(docstring, style))
    known = _known(source, name)
    return [each for each in named if known is not None and each not in known]


def _known(source: str, name: str) -> set[str] | None:
    if name == MODULE:
        return set()
    symbol = find(source, name)
    node = node_of(parsed(source), name)
    if isinstance(node, ast.ClassDef):
        made = made_with(node)
        return None if made is None else {one.name for one in made}
    found = called_with(node, in_class=bool(symbol.within)) + parameters_of(node)
    return {one.name for one in found}


def _google(lines: list[str]) -> Iterator[str]:
    """Entries are what is indented least in the section; what is deeper goes on with one."""
    title: int | None = None
    depth: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if begun := _GOOGLE_TITLE.fullmatch(line):
            title, depth = len(begun[1]), None
        elif not line.strip() or title is None:
            continue
        elif indent <= title:
            title = None
        else:
            depth = indent if depth is None else depth
            entry = _GOOGLE_ENTRY.match(line)
            if indent == depth and entry:
                yield entry[2]


def _numpy(lines: list[str]) -> Iterator[str]:
    """The section ends with the next title, or where nothing is indented as far."""
    title: int | None = None
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        is_title = bool(_RULE.fullmatch((*lines, "")[number + 1]))
        if is_title:
            begun = _NUMPY_TITLE.fullmatch(line)
            title = len(begun[1]) if begun else None
        elif title is None or not line.strip() or _RULE.fullmatch(line):
            continue
        elif indent < title:
            title = None
        elif indent == title and (entry := _NUMPY_ENTRY.fullmatch(line)):
            yield entry[2]
