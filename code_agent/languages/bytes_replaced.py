"""One function replaced in a file that is not Python, by the bytes at which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from code_agent.languages.parsing import Parsed, Unparsed, decoded, encoded, parse
from code_agent.languages.pieces import Piece
from code_agent.languages.symbols import Symbol, symbols_of
from code_agent.languages.syntax import troubles_of
from code_agent.languages.which import Language
from code_agent.unusable import Unusable

_EXPORTED = re.compile(r"export\s+(?:default\s+)?")
_ASSIGNED = re.compile(r"(?:[\w$]+\.)+[\w$]+\s*=\s*")
_OVER_LINES = re.compile(r"`|\br#*\"")
"""What may begin a string of several lines: code with it is not indented anew."""
_IN_CLASSES = ("javascript", "typescript", "tsx")


def by_bytes(source: str, piece: Piece, answer: str) -> str:
    given, found = _symbol_in(piece, answer)
    known = " ".join(source.split())
    for rest in _besides(given, found, piece):
        if " ".join(rest.split()) not in known:
            raise Unusable(f"it holds more than {piece.name}: {rest.strip()[:60]}")
    content = encoded(source)
    line_start = content.rfind(b"\n", 0, piece.start_byte) + 1
    before = decoded(content[line_start : piece.start_byte])
    text = _indented(given, found, "" if before.strip() else before)
    text = _with_lead(piece, text)
    if b"\r\n" in content:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    made = decoded(content[: piece.start_byte] + encoded(text) + content[piece.end_byte :])
    _check_syntax(piece.language, source, made)
    return made


def _symbol_in(piece: Piece, answer: str) -> tuple[Parsed, Symbol]:
    """A method may stand alone, or within its class."""
    texts = [answer]
    if piece.within and piece.language in _IN_CLASSES:
        texts.append(f"class {piece.within.rpartition('.')[2]} {{\n{answer}\n}}\n")
    for text in texts:
        given = _parsed(piece.language, text)
        found = [
            one
            for one in symbols_of(given)
            if one.name == piece.own_name and one.kind in ("function", "method")
        ]
        if len(found) > 1:
            raise Unusable(f"ambiguous: it defines {piece.own_name} {len(found)} times")
        if found and not troubles_of(given):
            return given, found[0]
    raise Unusable(_why_not(piece, answer))


def _why_not(piece: Piece, answer: str) -> str:
    troubles = troubles_of(_parsed(piece.language, answer))
    if troubles:
        return f"it is no {piece.language}: line {troubles[0].line}: {troubles[0].says}"
    return f"it does not define {piece.own_name}"


def _parsed(language: Language, text: str) -> Parsed:
    try:
        return parse(language, text)
    except Unparsed as error:
        raise Unusable(f"it cannot be read: {error.reason}") from error


def _besides(given: Parsed, found: Symbol, piece: Piece) -> Iterator[str]:
    """What else the answer says, in pieces that stand for themselves."""
    own_class = piece.within.rpartition(".")[2]
    for node in given.tree.root_node.children:
        around = node.start_byte <= found.start_byte and node.end_byte >= found.end_byte
        inside = node.start_byte >= found.start_byte and node.end_byte <= found.end_byte
        if not node.is_named or node.is_extra or inside:
            continue
        if not around:
            yield given.text(node)
            continue
        yield from (
            decoded(given.content[one.start_byte : one.end_byte])
            for one in symbols_of(given)
            if one != found
            and one.name != own_class
            and not (found.start_byte <= one.start_byte < found.end_byte)
        )


def _indented(given: Parsed, found: Symbol, indent: str) -> str:
    """As deep as what it replaces."""
    text = decoded(given.content[found.start_byte : found.end_byte])
    line_start = given.content.rfind(b"\n", 0, found.start_byte) + 1
    own = decoded(given.content[line_start : found.start_byte])
    if own.strip() or own == indent or _OVER_LINES.search(text):
        return text
    first, *rest = text.split("\n")
    moved = [
        indent + line[len(own) :] if line.startswith(own) and line.strip() else line
        for line in rest
    ]
    return "\n".join([first, *moved])


def _with_lead(piece: Piece, text: str) -> str:
    """What makes the function known to others, where the answer says only what it does."""
    if found := _EXPORTED.match(piece.text):
        return text if text.startswith("export") else found[0] + text
    found = _ASSIGNED.match(piece.text)
    if found and text.startswith(("function", "async function")):
        return found[0] + text + (";" if piece.text.endswith(";") else "")
    return text


def _check_syntax(language: Language, before: str, made: str) -> None:
    troubles = troubles_of(_parsed(language, made))
    if troubles and len(troubles) >= max(1, len(troubles_of(_parsed(language, before)))):
        raise Unusable(f"the file is no {language} then: {troubles[0].says}")
