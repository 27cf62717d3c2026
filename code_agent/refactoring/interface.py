"""What others use of a module stays as it is, but for what was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from code_agent.languages.parsing import Unparsed
from code_agent.languages.symbols import symbols
from code_agent.languages.which import Language
from code_agent.python.signature_changes import changes
from code_agent.python.wishes import renames, wants_new_names, wants_types

_TYPE_ADDED = re.compile(r"^[^:]+: type of .+ was added$")
_OWN = ", which others could use: a name of its own begins with _"
_OF_ONE = re.compile(r"^(?P<name>[^:]+): (?P<what>.*)$")


def broken(before: str, after: str, language: Language, guidance: str) -> list[str]:
    if language != "python":
        return _missing(before, after, language)
    asked = renames(guidance)
    found = [one for one in changes(before, after) if not _is_asked(one, guidance, asked)]
    return [f"{one}{_OWN}" if one.startswith("added: ") else one for one in found]


def _is_asked(change: str, guidance: str, asked: Mapping[str, str]) -> bool:
    if change.startswith("added: "):
        name = change.removeprefix("added: ").rpartition(".")[2]
        return name in asked.values() or wants_new_names(guidance)
    if change.startswith("removed: "):
        return change.removeprefix("removed: ").rpartition(".")[2] in asked
    if wants_types(guidance) and _TYPE_ADDED.match(change):
        return True
    found = _OF_ONE.match(change)
    words = set(re.findall(r"\w+", found["what"])) if found else set()
    return bool(words & {*asked, *asked.values()}) and "parameter" in words


def _missing(before: str, after: str, language: Language) -> list[str]:
    try:
        old, new = ({one.full_name for one in symbols(language, text)} for text in (before, after))
    except Unparsed as error:
        return [error.reason]
    return [f"removed: {name}" for name in sorted(old - new)]
