"""Which functions a failing test may be failing for, the likeliest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType

from code_agent.fixing.failures import Failure
from code_agent.languages.pieces import Piece, names_used
from code_agent.retrieval.port import Passage

IN_TRACEBACK = 10.0
FURTHER_OUT = 0.8
"""Each frame counts for so much of the one that it called."""
NAMED_IN_TEST = 4.0
NAMED_IN_LINE = 2.0
NAMED_IN_MESSAGE = 2.0
MADE_IN_TEST = 1.0
CALLED = 0.35
"""What a suspect calls is one for so much of it."""
HOPS = 2
FOUND_BY_INDEX = 1.0
SAME_FILE = 0.5
_CONSTRUCTORS = ("__init__", "__new__", "__post_init__", "constructor", "new")


@dataclass(frozen=True)
class Suspect:
    piece: Piece
    failure: Failure
    score: float


def suspects(
    failures: Sequence[Failure],
    pieces: Sequence[Piece],
    helpers: Sequence[Piece] = (),
    passages: Mapping[str, Sequence[Passage]] = MappingProxyType({}),
) -> list[Suspect]:
    """Of all failures; each piece with the one that speaks most against it.

    `helpers` are functions of test files: no fix changes them, but they lead to others. `passages`
    are what an index finds for a failure, by its name.
    """
    best: dict[str, Suspect] = {}
    for failure in failures:
        found = passages.get(failure.name, ())
        for piece, score in _scored(failure, pieces, helpers, found):
            known = best.get(piece.called)
            if known is None or score > known.score:
                best[piece.called] = Suspect(piece, failure, score)
    return sorted(best.values(), key=lambda one: (-one.score, one.piece.path, one.piece.first_line))


def _scored(
    failure: Failure,
    pieces: Sequence[Piece],
    helpers: Sequence[Piece],
    passages: Sequence[Passage],
) -> Iterable[tuple[Piece, float]]:
    graph = [*pieces, *(one for one in helpers if _can_help(one, failure))]
    by_name: dict[str, list[int]] = defaultdict(list)
    for number, piece in enumerate(graph):
        by_name[piece.own_name].append(number)
    scores: dict[int, float] = defaultdict(float)
    _add_frames(scores, failure, graph)
    _add_names(scores, failure, graph, by_name)
    for _ in range(HOPS):
        for number, score in list(scores.items()):
            _share(scores, by_name, graph[number].uses, score * CALLED)
    _add_passages(scores, passages, pieces)
    stem_words = set(re.findall(r"\w+", failure.text))
    for number, score in scores.items():
        if number < len(pieces) and score > 0:
            piece = graph[number]
            near = SAME_FILE if PurePosixPath(piece.path).stem in stem_words else 0.0
            yield piece, score + near


def _can_help(helper: Piece, failure: Failure) -> bool:
    return helper.path == failure.path or PurePosixPath(helper.path).name == "conftest.py"


def _add_frames(scores: dict[int, float], failure: Failure, graph: Sequence[Piece]) -> None:
    weight = IN_TRACEBACK
    for place in failure.places:
        near = [(number, piece) for number, piece in enumerate(graph) if piece.path == place.path]
        held = [number for number, piece in near if piece.holds(place.line)]
        for number in held:
            scores[number] += weight
        if any(piece.broken for _, piece in near):
            # What is wrong with a line may be that the one before it did not end.
            before = [number for number, piece in near if piece.last_line < place.line]
            for number in before[-1:]:
                scores[number] += weight / 2
        if near:
            weight *= FURTHER_OUT


def _add_names(
    scores: dict[int, float],
    failure: Failure,
    graph: Sequence[Piece],
    by_name: dict[str, list[int]],
) -> None:
    if failure.language is not None and failure.text:
        used = names_used(failure.language, failure.text)
        _share(scores, by_name, used, NAMED_IN_TEST)
        for number, piece in enumerate(graph):
            made = piece.within.rpartition(".")[2]
            if made and made in used and piece.own_name in _CONSTRUCTORS:
                scores[number] += MADE_IN_TEST
    _share(scores, by_name, set(re.findall(r"\w+", failure.line_text)), NAMED_IN_LINE)
    _share(scores, by_name, set(re.findall(r"\w+", failure.message)), NAMED_IN_MESSAGE)


def _add_passages(
    scores: dict[int, float], passages: Sequence[Passage], pieces: Sequence[Piece]
) -> None:
    weight = FOUND_BY_INDEX
    for passage in passages:
        for number, piece in enumerate(pieces):
            apart = piece.last_line < passage.start_line or piece.first_line > passage.end_line
            if piece.path == passage.path and not apart:
                scores[number] += weight
        weight *= FURTHER_OUT


def _share(
    scores: dict[int, float], by_name: dict[str, list[int]], names: Iterable[str], weight: float
) -> None:
    """A name that several have says less of each."""
    for name in names:
        for number in by_name.get(name, ()):
            scores[number] += weight / len(by_name[name])
