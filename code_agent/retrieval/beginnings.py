"""Of a long passage what it is called and takes, or of what a type is made."""

from __future__ import annotations

import textwrap

from code_agent.languages.parsing import Parsed, Unparsed, decoded, parse
from code_agent.languages.symbols import Symbol, symbols_of
from code_agent.languages.which import language_of
from code_agent.retrieval.port import Passage

MORE = "..."


def beginning_of(passage: Passage, length: int) -> str:
    """All of it if it is no longer; empty if it has none, as the end of something long."""
    if len(passage.text) <= length:
        return passage.text
    language = language_of(passage.path, passage.text)
    text = textwrap.dedent(passage.text)
    if language is None:
        return ""
    try:
        parsed = parse(language, text)
    except Unparsed:
        return ""
    own_name = passage.symbol.rpartition(".")[2]
    symbol = next((one for one in symbols_of(parsed) if one.name == own_name), None)
    if symbol is None:
        return ""
    left = passage.text.partition("\n")[0].removesuffix(text.partition("\n")[0])
    return textwrap.indent(_of_symbol(parsed, symbol, text, length), left)


def _of_symbol(parsed: Parsed, symbol: Symbol, text: str, length: int) -> str:
    if symbol.kind in ("class", "type"):
        lines = text[:length].rpartition("\n")[0]
        return f"{lines}\n    {MORE}"
    head = decoded(parsed.content[symbol.start_byte : symbol.body_byte]).rstrip()
    return f"{head} {MORE}" if len(head) <= length else ""
