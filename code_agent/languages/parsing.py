"""Source as a syntax tree, whatever stands in it: as far as bounds allow.

Error recovery takes the square of the source's length for some texts: 50 kB of closing parentheses
occupy Bash's parser for ten seconds. So each parse has a limit of processor time, too.
"""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from code_agent.languages.which import Language
from ygg.errors import MissingExtra

if TYPE_CHECKING:
    import tree_sitter

MOST_BYTES = 1024 * 1024
PARSE_SECONDS = 2.0
"""Of processor time, so that a busy machine parses the same files."""
_CHUNK_BYTES = 4096

_GRAMMARS: Mapping[Language, tuple[str, str]] = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "bash": ("tree_sitter_bash", "language"),
}


class Unparsed(Exception):
    """There is no tree of this source within bounds. It may still be right."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Parsed:
    language: Language
    content: bytes
    """What the tree's offsets count in."""
    tree: tree_sitter.Tree

    def text(self, node: tree_sitter.Node) -> str:
        return decoded(self.content[node.start_byte : node.end_byte])


def encoded(source: str) -> bytes:
    """Half a character is kept, as bytes that are no UTF-8."""
    return source.encode(errors="surrogatepass")


def decoded(content: bytes) -> str:
    """The way back from any part of it."""
    try:
        return content.decode(errors="surrogatepass")
    except UnicodeDecodeError:  # cut in the middle of a character
        return content.decode(errors="replace")


def parse(language: Language, source: str) -> Parsed:
    """`Unparsed` if that is too much of it."""
    content = encoded(source)
    if len(content) > MOST_BYTES:
        raise Unparsed(f"longer than {MOST_BYTES} bytes")
    clock = _Clock(time.thread_time() + PARSE_SECONDS)

    def read(offset: int, point: object) -> bytes:
        # Where a scanner goes back and forth, the parser asks for text and reports no progress.
        return b"" if clock.is_over() else content[offset : offset + _CHUNK_BYTES]

    tree = _parse(_parser(language), read, clock)
    if tree is None or clock.over:
        raise Unparsed(f"not parsed within {PARSE_SECONDS:g} seconds")
    return Parsed(language, content, tree)


def nodes(
    tree: tree_sitter.Tree, into: Callable[[tree_sitter.Node], bool] = lambda node: True
) -> Iterator[tuple[tree_sitter.Node, int]]:
    """In the order of the source, each with its depth; below a node only if `into` says so.

    Not recursive, and never up from a node: source may be nested as deep as it is long.
    """
    cursor = tree.walk()
    depth = 0
    while True:
        node = cursor.node
        if node is not None:
            yield node, depth
            if into(node) and cursor.goto_first_child():
                depth += 1
                continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


@dataclass
class _Clock:
    ends_at: float
    over: bool = False

    def is_over(self) -> bool:
        self.over = self.over or time.thread_time() > self.ends_at
        return self.over


def _parse(
    parser: tree_sitter.Parser, read: Callable[[int, object], bytes], clock: _Clock
) -> tree_sitter.Tree | None:
    try:
        return parser.parse(read, progress_callback=lambda offset, troubled: clock.is_over())
    except ValueError:  # all that the library says when it was told to stop
        if clock.over:
            return None
        raise


def _parser(language: Language) -> tree_sitter.Parser:
    """A new one: what it has in mind of a text that it did not finish is no other text's."""
    library = _module("tree_sitter")
    parser: tree_sitter.Parser = library.Parser(_grammar(language))
    return parser


@functools.cache
def _grammar(language: Language) -> tree_sitter.Language:
    module, function = _GRAMMARS[language]
    grammar: tree_sitter.Language = _module("tree_sitter").Language(
        getattr(_module(module), function)()
    )
    return grammar


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra(
            f"{name} is not installed here", hint="install yggdrasil-fleet[code]"
        ) from error
