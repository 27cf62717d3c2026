"""Where source is not in its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from code_agent.languages.parsing import Parsed, decoded, nodes, parse
from code_agent.languages.which import Language

if TYPE_CHECKING:
    import tree_sitter

MOST = 50
SHOWN = 60


@dataclass(frozen=True)
class Trouble:
    line: int
    column: int
    """Both from 1, in characters."""
    says: str


def syntax_errors(language: Language, source: str) -> list[Trouble]:
    """Those of the grammar, which knows no rule beyond: a compiler may find more.

    At most `MOST`. `Unparsed` where it cannot be told.
    """
    return troubles_of(parse(language, source))


def troubles_of(parsed: Parsed) -> list[Trouble]:
    found: list[Trouble] = []
    if not parsed.tree.root_node.has_error:
        return found
    # What stands inside of an error is a guess.
    for node, _ in nodes(parsed.tree, lambda node: node.has_error and not node.is_error):
        if node.is_error or node.is_missing:
            found.append(_trouble(parsed, node))
        if len(found) == MOST:
            break
    return found


def _trouble(parsed: Parsed, node: tree_sitter.Node) -> Trouble:
    row, column = node.start_point
    before = decoded(parsed.content[node.start_byte - column : node.start_byte])
    return Trouble(row + 1, len(before) + 1, _says(parsed, node))


def _says(parsed: Parsed, node: tree_sitter.Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    # Four bytes are the most that a character takes.
    text = decoded(
        parsed.content[node.start_byte : min(node.end_byte, node.start_byte + 4 * SHOWN)]
    )
    line = text.strip().partition("\n")[0].rstrip()
    shown = "".join(one if one.isprintable() else "\ufffd" for one in line[:SHOWN])
    return f"not understood: {shown}" if shown else "not understood"
