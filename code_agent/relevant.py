"""What of a repository's own code a model should know of to answer a question about other code.

That is what the question names, or speaks of by most words of its name, and little of that: more
leads a small model astray.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType

from code_agent.finder import finder
from code_agent.languages.which import Language, language_of
from code_agent.protected import is_test
from code_agent.retrieval.beginnings import beginning_of
from code_agent.retrieval.port import Passage, Query
from code_agent.retrieval.words import is_spoken_of, names_in, telling_words
from code_agent.session import Session
from executors.models.asking import FILE_BYTES
from executors.safe_files import read_file

MOST = 3
SEARCHED = 40
LENGTH = 700
"""Of what is longer its beginning is shown."""
_CONSTRUCTORS = frozenset({"__init__", "__new__", "constructor", "new"})
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})


def relevant(
    session: Session,
    question: Query,
    language: Language,
    below: str = ".",
    changes: Mapping[str, str] = MappingProxyType({}),
) -> list[Passage]:
    """The nearest first; of files of this language below a folder. Tests are never shown: some may
    be those by which the answer is judged."""
    tree = session.work.tree.changed(changes)
    files = {
        path: digest
        for path, digest in tree.digests.items()
        if _is_like(language_of(path), language)
        and PurePosixPath(path).is_relative_to(below)
        and not is_test(path)
    }
    if not (question.text.strip() or question.symbols) or files.keys() <= question.besides:
        return []

    def read(path: str) -> str:
        if path in changes:
            return changes[path]
        root = session.work.root
        return read_file(root / path, root, FILE_BYTES).decode()

    with finder(session, files, read) as found:
        passages = found.search(question, SEARCHED)
    about = _About(question)
    kept = [one for one in passages if about.holds(one) and beginning_of(one, LENGTH)]
    if kept[MOST:]:
        session.left_out.append(f"more code that the task may be about: {len(kept) - MOST}")
    return [_shown(one, session.left_out) for one in kept[:MOST]]


def called(passage: Passage) -> str:
    lines = f"lines {passage.start_line} to {passage.end_line}"
    return f"{passage.symbol or lines} of {passage.path}"


class _About:
    """A question's names and words."""

    def __init__(self, question: Query) -> None:
        names = (*question.symbols, *names_in(question.text))
        self._names = {part for name in names for part in name.split(".")}
        self._words = telling_words(question.text)

    def holds(self, passage: Passage) -> bool:
        """A method's name says nothing without that of its class."""
        if not passage.symbol:
            return any(_sets(passage.text, name) for name in self._names)
        parts = passage.symbol.split(".")
        telling = [one for one in parts if one not in _CONSTRUCTORS] or parts
        return all(self._holds_name(one) for one in telling)

    def _holds_name(self, name: str) -> bool:
        """What is private is not for others, unless it is named."""
        spoken_of = not name.startswith("_") and is_spoken_of(name, self._words)
        return spoken_of or name in self._names


def _sets(text: str, name: str) -> bool:
    return (
        re.search(rf"^[^\w\n]*(?:\w+ )*{re.escape(name)}\b[^=\n(]*=", text, re.MULTILINE)
        is not None
    )


def _is_like(one: Language | None, other: Language) -> bool:
    return one == other or {one, other} <= _SCRIPTS


def _shown(passage: Passage, left_out: list[str]) -> Passage:
    """Below the class that it stands in."""
    text = beginning_of(passage, LENGTH)
    if text != passage.text:
        left_out.append(f"the end of {called(passage)}")
    return replace(passage, text=f"{passage.header}\n{text}".strip("\n"))
