"""Where source is not in its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from code_agent.languages.parsing import Parsed, Unparsed, decoded, nodes, parse
from code_agent.languages.which import Language
from code_agent.python.source import parsed, said_of

if TYPE_CHECKING:
    import tree_sitter

MOST = 50
SHOWN = 60


@dataclass(frozen=True)
class Trouble:
    line: int
    column: int
    """Lines and columns count from 1, columns in characters."""
    says: str


def syntax_errors(language: Language, source: str) -> list[Trouble]:
    """Those of the grammar, which knows no rule beyond: a compiler may find more.

    At most `MOST`. `Unparsed` where it cannot be told.
    """
    return troubles_of(parse(language, source))


def trouble_in(language: Language, source: str) -> str | None:
    """Why it is no source of the language: by Python itself, or as far as a grammar can tell."""
    try:
        if language == "python":
            parsed(source)
            return None
        found = syntax_errors(language, source)
    except SyntaxError as error:
        return said_of(error)
    except Unparsed as error:
        return error.reason
    return f"line {found[0].line}: {found[0].says}" if found else None


def parses(language: Language, source: str) -> bool:
    return trouble_in(language, source) is None


def troubles_of(read: Parsed) -> list[Trouble]:
    found: list[Trouble] = []
    if not read.tree.root_node.has_error:
        return found
    # What stands inside of an error is a guess.
    for node, _ in nodes(read.tree, lambda node: node.has_error and not node.is_error):
        if node.is_error or node.is_missing:
            found.append(_trouble(read, node))
        if len(found) == MOST:
            break
    return found


def _trouble(read: Parsed, node: tree_sitter.Node) -> Trouble:
    row, column = node.start_point
    before = decoded(read.content[node.start_byte - column : node.start_byte])
    return Trouble(row + 1, len(before) + 1, _says(read, node))


def _says(read: Parsed, node: tree_sitter.Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    # Four bytes are the most that a character takes.
    text = decoded(read.content[node.start_byte : min(node.end_byte, node.start_byte + 4 * SHOWN)])
    line = text.strip().partition("\n")[0].rstrip()
    shown = "".join(one if one.isprintable() else "\ufffd" for one in line[:SHOWN])
    return f"not understood: {shown}" if shown else "not understood"
