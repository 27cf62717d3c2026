"""What is to be reviewed: files as they are, or what a change makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from code_agent.languages.which import Language, language_of
from code_agent.reviewing.diffs import FileDiff, read_diff
from code_agent.reviewing.pieces import Piece, pieces_of_diff, pieces_of_file
from code_agent.work import Work
from executors.handler import Failed
from ygg.errors import BadInput

ENDS = (".diff", ".patch")
HINT = "give files, the text of a diff, or a file that ends in .diff or .patch"


@dataclass(frozen=True)
class Material:
    pieces: tuple[Piece, ...]
    texts: Mapping[str, str]
    """The files that are known as a whole, as they are after the change."""

    @cached_property
    def languages(self) -> Mapping[str, Language | None]:
        return {path: language_of(path, text) for path, text in self.texts.items()}

    @property
    def python(self) -> list[str]:
        return [path for path, language in self.languages.items() if language == "python"]


def material_of(work: Work, diff: str, files: Sequence[str]) -> Material:
    """A diff goes before files: these are then what it is to be understood by."""
    diffs = [diff] if diff.strip() else []
    diffs += [work.text(path) for path in work.targets if path.endswith(ENDS)]
    if diffs:
        return _of_diffs(work, diffs)
    if not files:
        raise Failed("nothing says what is to be reviewed", HINT)
    texts = {path: work.text(path) for path in files}
    pieces = [
        piece
        for path, text in texts.items()
        for piece in pieces_of_file(path, text, language_of(path, text))
    ]
    return Material(tuple(pieces), texts)


def _of_diffs(work: Work, diffs: Sequence[str]) -> Material:
    try:
        files = [one for text in diffs for one in read_diff(text)]
    except BadInput as error:
        raise Failed(f"the diff: {error.message}", error.hint or "") from error
    texts: dict[str, str] = {}
    for one in files:
        after = _after(work, one)
        if after is not None:
            texts[one.path] = after
    return Material(tuple(piece for one in files for piece in pieces_of_diff(one)), texts)


def _after(work: Work, diff: FileDiff) -> str | None:
    if work.has(diff.path):
        return diff.applied(work.text(diff.path))
    return diff.whole
