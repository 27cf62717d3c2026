"""What others use of a module stays as it is, but for what was asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from code_agent.languages.parsing import Unparsed
from code_agent.languages.symbols import symbols
from code_agent.languages.which import Language
from code_agent.python.dataclass_by_hand import by_hand
from code_agent.python.functions import dotted
from code_agent.python.signature_changes import changes
from code_agent.python.source import parsed
from code_agent.python.wishes import renames, wants_new_names, wants_types

_TYPE_ADDED = re.compile(r"^[^:]+: type of .+ was added$")
_CACHED_PROPERTY = re.compile(
    r": decorator @(?:property was removed|(?:\w+\.)?cached_property was added)$"
)
_DATACLASS = re.compile(r"\bdata ?class(?:es)?\b", re.IGNORECASE)
_GET_LOGGER = ("getLogger", "logging.getLogger")
_OWN = ", which others could use: a name of its own begins with _"
_OF_ONE = re.compile(r"^(?P<name>[^:]+): (?P<what>.*)$")


def broken(before: str, after: str, language: Language, guidance: str) -> list[str]:
    if language != "python":
        return _missing(before, after, language)
    asked = renames(guidance)
    as_before = by_hand(before, after) if _DATACLASS.search(guidance) else after
    loggers = _loggers(after)
    found = [
        one
        for one in changes(before, as_before)
        if not _is_asked(one, guidance, asked) and one not in loggers
    ]
    return [f"{one}{_OWN}" if one.startswith("added: ") else one for one in found]


def _is_asked(change: str, guidance: str, asked: Mapping[str, str]) -> bool:
    if change.startswith("added: "):
        name = change.removeprefix("added: ").rpartition(".")[2]
        return name in asked.values() or wants_new_names(guidance)
    if change.startswith("removed: "):
        return change.removeprefix("removed: ").rpartition(".")[2] in asked
    if (wants_types(guidance) or _DATACLASS.search(guidance)) and _TYPE_ADDED.match(change):
        return True
    if _CACHED_PROPERTY.search(change) and "cached_property" in guidance:
        return True
    found = _OF_ONE.match(change)
    words = set(re.findall(r"\w+", found["what"])) if found else set()
    return bool(words & {*asked, *asked.values()}) and "parameter" in words


def _loggers(source: str) -> set[str]:
    """What is added by a name for a log, which is nobody else's matter."""
    return {
        f"added: {target.id}"
        for one in parsed(source).body
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call)
        for target in one.targets
        if isinstance(target, ast.Name) and dotted(one.value.func) in _GET_LOGGER
    }


def _missing(before: str, after: str, language: Language) -> list[str]:
    try:
        old, new = ({one.full_name for one in symbols(language, text)} for text in (before, after))
    except Unparsed as error:
        return [error.reason]
    return [f"removed: {name}" for name in sorted(old - new)]
