"""What is asked of a repository and what comes back, however it is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

Files = Mapping[str, str]
"""Each file's path, and the hash of its content: git's for a blob, or SHA-256."""
Read = Callable[[str], str]
"""The text of a file by its path. `BadInput` and `UnicodeDecodeError` say that it has none."""


@dataclass(frozen=True)
class Query:
    text: str = ""
    """A question, an error with its traceback, a task's own words."""
    symbols: tuple[str, ...] = ()
    """What it is about: its definition comes first, then what that uses and what uses it."""
    besides: frozenset[str] = frozenset()
    """Files of which nothing is wanted, because it is known already."""


@dataclass(frozen=True)
class Passage:
    """Some lines of a file, as they stand there: a function, a method, or what is between them."""

    path: str
    start_line: int
    end_line: int
    text: str
    symbol: str = ""
    """What these lines define, or are a part of."""
    header: str = ""
    """The first line of the class that they stand in."""
    score: float = 0.0
    """Higher is nearer; of the passages of one search alone."""


@dataclass(frozen=True)
class Indexed:
    """What it took to know a tree."""

    indexed: int = 0
    """Contents that were read."""
    reused: int = 0
    """Contents that were known."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Files that cannot be found, and why not."""
    embedded: int = 0
    """Passages of which a model made a vector."""


class Retriever(Protocol):
    """Finds passages of one tree: the one that it was last told of."""

    def index(self, files: Files, read: Read) -> Indexed:
        """From now on, search these files. Whoever gives a hash vouches for the content."""
        ...

    def search(self, question: Query, limit: int) -> list[Passage]:
        """The nearest first."""
        ...
