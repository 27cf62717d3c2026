"""What a function works with of what it is given."""

from __future__ import annotations

import re

from code_agent.languages.parsing import Unparsed, decoded, parse
from code_agent.languages.references import uses_of
from code_agent.languages.symbols import symbols_of
from code_agent.languages.which import Language
from code_agent.python.functions import functions_of
from code_agent.python.source import is_python, parsed
from code_agent.python.unused import used_parameters

_PLACES = re.compile(r"\$\{?(?P<place>\d|[@*#])")


def works_with(language: Language, text: str, name: str) -> list[str] | None:
    """Names in the head of a function that its body uses, too, but for those of types; in Bash the
    places of its arguments. Nothing where that cannot be told, as of a list of all."""
    if language == "python":
        return _in_python(text, name)
    try:
        read = parse(language, text)
    except Unparsed:
        return None
    found = [one for one in symbols_of(read) if one.full_name == name]
    if len(found) != 1:
        return None
    one = found[0]
    uses = [use for use in uses_of(read) if one.start_byte <= use.byte < one.end_byte]
    said = [decoded(read.content[one.start_byte : one.body_byte])]
    said.append(decoded(read.content[one.body_byte : one.end_byte]))
    if language == "bash":
        places = sorted({found["place"] for found in _PLACES.finditer(said[1])})
        return None if set(places) & set("@*#") else places
    inside = {use.name for use in uses if use.byte >= one.body_byte}
    if "..." in said[0] or "arguments" in inside:
        return None
    head = [use.name for use in uses if use.byte < one.body_byte and use.name in inside]
    return [name for name in dict.fromkeys(head) if not name[:1].isupper()]


def _in_python(text: str, name: str) -> list[str] | None:
    function = dict(functions_of(parsed(text))).get(name) if is_python(text) else None
    return None if function is None else used_parameters(function)
