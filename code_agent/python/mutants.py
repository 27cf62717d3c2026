"""Small faults put into a source one at a time: tests that are worth something notice them."""

from __future__ import annotations

import ast
import random
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from code_agent.python.functions import functions_of, named
from code_agent.python.mutations import Change, changes_in
from code_agent.python.offsets import Offsets, replaced
from code_agent.python.source import parsed


@dataclass(frozen=True)
class Mutant:
    source: str
    line: int
    says: str
    """What was changed, in words."""
    function: str = ""
    kind: str = ""


def mutants(
    source: str, names: Collection[str] | None = None, most: int = 12, seed: int = 0
) -> list[Mutant]:
    """Spread over functions and kinds of faults; the same ones for the same seed, by line.

    A source that is none is a SyntaxError.
    """
    tree, offsets = parsed(source), Offsets(source)
    left = [
        (name, change)
        for name, function in named(functions_of(tree), names)
        for change in changes_in(function, offsets)
    ]
    random.Random(seed).shuffle(left)  # noqa: S311  which faults, not a secret
    chosen, seen = list[Mutant](), {ast.dump(tree)}
    for name, change in _spread(left):
        if len(chosen) >= most:
            break
        changed = replaced(source, change.start, change.end, change.text)
        dumped = _dumped(changed)
        if dumped is not None and dumped not in seen:
            seen.add(dumped)
            said = _in_words(source, change)
            chosen.append(Mutant(changed, change.line, said, name, change.kind))
    return sorted(chosen, key=lambda one: (one.line, one.says))


def _spread(left: list[tuple[str, Change]]) -> Iterator[tuple[str, Change]]:
    """First the ones of functions, kinds and lines that had the fewest."""
    had = Counter[tuple[str, object]]()
    while left:
        best = min(left, key=lambda one: [had[each] for each in _traits(*one)])
        left.remove(best)
        had.update(_traits(*best))
        yield best


def _traits(name: str, change: Change) -> list[tuple[str, object]]:
    return [("function", name), ("kind", change.kind), ("line", change.line)]


def _dumped(source: str) -> str | None:
    """A change of text alone may read as something else, or as nothing: `-x ** 2`, `f(a for b)`."""
    try:
        return ast.dump(parsed(source))
    except SyntaxError:
        return None


def _in_words(source: str, change: Change) -> str:
    before = " ".join(source[change.start : change.end].split())
    if not change.text.strip():
        return f"line {change.line}: `{_short(before)}` is gone"
    after = " ".join(change.text.split())
    return f"line {change.line}: `{_short(before)}` becomes `{_short(after)}`"


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
