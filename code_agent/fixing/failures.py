"""A failing test: where it stands, what it says, and which places its error names."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from code_agent.fixing.places import Place, places_in
from code_agent.languages.parsing import Unparsed, decoded, encoded, nodes, parse
from code_agent.languages.symbols import Symbol, symbols
from code_agent.languages.which import Language, language_of
from code_agent.protected import is_test
from executors.projects.cases import Case

AROUND = 8
"""Lines before and after, where it cannot be told where a test begins and ends."""


@dataclass(frozen=True)
class Failure:
    name: str
    message: str
    detail: str
    path: str = ""
    """Of the file that the test is in, where that can be told."""
    text: str = ""
    """The test itself."""
    line_text: str = ""
    """The line of it that failed."""
    language: Language | None = None
    places: tuple[Place, ...] = ()
    """The innermost first."""


def failure_of(
    name: str, case: Case, texts: Mapping[str, str], paths: Collection[str], folder: str
) -> Failure:
    """`texts` are the test files that can be read."""
    told = f"{case.file}:{case.line or 1}: \n{case.detail}" if case.file else case.detail
    places = tuple(places_in(told or case.message, paths, folder))
    path, line = _where(case, places, texts, paths, folder)
    language = language_of(path) if path in texts else None
    failure = Failure(name, case.message, case.detail, path, places=places, language=language)
    if language is None:
        return failure
    return _with_text(failure, case, texts[path], line, language)


def _where(
    case: Case,
    places: tuple[Place, ...],
    texts: Mapping[str, str],
    paths: Collection[str],
    folder: str,
) -> tuple[str, int]:
    named, _, rest = case.name.partition("::")
    if rest and (found := places_in(f"{named}:1", paths, folder)):
        path = found[0].path
        return path, next((one.line for one in places if one.path == path), 0)
    at = next((one for one in places if one.path in texts and is_test(one.path)), None)
    if at is None:  # Rust has its tests beside the code
        at = next((one for one in places if one.path in texts), None)
    return (at.path, at.line) if at else ("", 0)


def _with_text(failure: Failure, case: Case, text: str, line: int, language: Language) -> Failure:
    lines = text.splitlines(keepends=True)
    found = _symbol(case, text, line, language)
    if found is not None:
        said = decoded(encoded(text)[found.start_byte : found.end_byte])
    else:
        at = line or _line_with(case.name, lines)
        around = "".join(lines[max(0, at - AROUND) : at + AROUND]) if at else ""
        said = _statement(case.name, text, at, language) or around
    return replace(
        failure,
        text=said,
        line_text=lines[line - 1] if 0 < line <= len(lines) else "",
    )


def _symbol(case: Case, text: str, line: int, language: Language) -> Symbol | None:
    try:
        known = [one for one in symbols(language, text) if one.kind in ("function", "method")]
    except Unparsed:
        return None
    called = re.sub(r"\[.*\]$", "", case.name, flags=re.DOTALL)
    last = called.rpartition("::")[2] if "::" in called else called.partition("/")[0]
    named = [one for one in known if one.name == last]
    holding = [one for one in known if one.start_line <= line <= one.end_line]
    both = [one for one in named if one in holding]
    return next(iter(both or named[-1:] or holding), None)


def _statement(name: str, text: str, line: int, language: Language) -> str:
    """The innermost one around a line that has the test's name in it."""
    found = ""
    try:
        tree = parse(language, text)
    except Unparsed:
        return ""
    for node, _ in nodes(tree.tree):
        holds = node.start_point[0] < line <= node.end_point[0] + 1
        if node.type == "expression_statement" and holds and name in (said := tree.text(node)):
            found = said
    return found


def _line_with(name: str, lines: list[str]) -> int:
    """Where a test is called by a text, as those of JavaScript are."""
    wanted = re.compile(rf"[\"'`]{re.escape(name)}[\"'`]")
    return next((number for number, line in enumerate(lines, 1) if wanted.search(line)), 0)
