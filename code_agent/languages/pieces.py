"""The functions of a project's files: what a model may be asked to write anew, one at a time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from code_agent.languages.parsing import Unparsed, decoded, encoded
from code_agent.languages.references import references
from code_agent.languages.symbols import Symbol, symbols
from code_agent.languages.which import Language
from code_agent.python.source import is_python
from code_agent.python.symbols import all_symbols

_TEST_ATTRIBUTE = re.compile(r"#\[(\w+::)*(test|bench|cfg\(test\))[\](]")
_ACCESSOR = re.compile(r"\.(setter|getter|deleter)$")
_DEFINITION = re.compile(r"([ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")


@dataclass(frozen=True)
class Piece:
    """A function or method, by its lines or bytes in its file."""

    path: str
    name: str
    """With its class: `Stack.push`."""
    language: Language
    first_line: int
    last_line: int
    text: str
    start_byte: int = 0
    """Of files other than Python."""
    end_byte: int = 0
    broken: bool = False
    """It stands in Python that cannot be parsed, and may be why."""

    @property
    def own_name(self) -> str:
        return _ACCESSOR.sub("", self.name).rpartition(".")[2]

    @property
    def within(self) -> str:
        return _ACCESSOR.sub("", self.name).rpartition(".")[0]

    @property
    def called(self) -> str:
        return f"{self.path}: {self.name}"

    @cached_property
    def uses(self) -> Counter[str]:
        """The names in it, but for its own."""
        return names_used(self.language, self.text)

    def holds(self, line: int) -> bool:
        return self.first_line <= line <= self.last_line


def names_used(language: Language, text: str) -> Counter[str]:
    try:
        return references(language, text)
    except Unparsed:
        return Counter(re.findall(r"[A-Za-z_]\w+", text))


def pieces_of(path: str, language: Language, text: str) -> list[Piece]:
    """Those that stand for themselves: nothing inside of another, and no name that is there
    twice."""
    if language != "python":
        found = list(_by_grammar(path, language, text))
    elif is_python(text):
        found = [
            Piece(path, one.name, "python", one.first_line, one.last_line, one.text)
            for one in all_symbols(text)
            if one.kind != "class" and not one.is_overload
        ]
    else:
        found = list(_by_lines(path, text))
    count = Counter(piece.name for piece in found)
    return [piece for piece in found if count[piece.name] == 1]


def _by_grammar(path: str, language: Language, text: str) -> Iterator[Piece]:
    content = encoded(text)
    try:
        found = symbols(language, text)
    except Unparsed:
        return
    end = 0
    for symbol in found:
        if symbol.kind not in ("function", "method") or symbol.start_byte < end:
            continue
        end = symbol.end_byte
        said = decoded(content[symbol.start_byte : symbol.end_byte])
        if not _is_test(language, symbol, said):
            yield Piece(
                path,
                symbol.full_name,
                language,
                symbol.start_line,
                symbol.end_line,
                said,
                symbol.start_byte,
                symbol.end_byte,
            )


def _is_test(language: Language, symbol: Symbol, said: str) -> bool:
    """Rust has tests beside the code that they test."""
    if language != "rust":
        return False
    return bool(_TEST_ATTRIBUTE.match(said)) or "tests" in symbol.parent.split(".")


def _by_lines(path: str, text: str) -> Iterator[Piece]:
    """As far as indentation tells; a definition ends where the next line stands as far left."""
    lines = text.splitlines(keepends=True)
    classes: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        found = _DEFINITION.match(line)
        if found is None:
            continue
        depth = len(found[1])
        classes = [one for one in classes if one[0] < depth]
        if line.lstrip().startswith("class"):
            classes.append((depth, found[2]))
            continue
        last = _last_line(lines, number, depth)
        name = ".".join([*(name for _, name in classes), found[2]])
        said = "".join(lines[number : last + 1])
        yield Piece(path, name, "python", number + 1, last + 1, said, broken=True)


def _last_line(lines: list[str], start: int, depth: int) -> int:
    last = start
    for number in range(start + 1, len(lines)):
        bare = lines[number].strip()
        if not bare:
            continue
        left = len(lines[number]) - len(lines[number].lstrip())
        if left <= depth and not bare.startswith((")", "]", "}")):
            break
        last = number
    return last


def all_pieces(sources: Mapping[str, tuple[Language, str]]) -> list[Piece]:
    return [
        piece
        for path, (language, text) in sources.items()
        for piece in pieces_of(path, language, text)
    ]
