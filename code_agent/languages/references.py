"""The names that source uses: what is called, read, or named as a type."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from code_agent.languages.parsing import Parsed, nodes, parse
from code_agent.languages.shapes import SHAPES
from code_agent.languages.symbols import NAME_LENGTH, definitions_of
from code_agent.languages.which import Language


@dataclass(frozen=True)
class Use:
    name: str
    byte: int
    """Where it begins in `encoded(source)`."""


def references(language: Language, source: str) -> Counter[str]:
    """How often each; without the names of definitions. `Unparsed` where that cannot be told."""
    return Counter(use.name for use in uses_of(parse(language, source)))


def uses_of(parsed: Parsed) -> list[Use]:
    """They come in the order of the source."""
    names = SHAPES[parsed.language].names
    defined = {byte for _, byte in definitions_of(parsed)}
    return [
        Use(parsed.text(node), node.start_byte)
        for node, _ in nodes(parsed.tree, lambda node: node.type not in names)
        if node.type in names
        and node.start_byte not in defined
        and 0 < node.end_byte - node.start_byte <= NAME_LENGTH
    ]
