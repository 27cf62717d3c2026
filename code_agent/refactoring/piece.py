"""What of a file is rewritten, all of it or one symbol, and what an answer makes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from code_agent.answers import code_of
from code_agent.elision import elided
from code_agent.languages.syntax import trouble_in
from code_agent.languages.which import Language
from code_agent.python.complexity import facts
from code_agent.python.splice import spliced
from code_agent.python.symbols import Symbol, all_symbols, find
from code_agent.python.wishes import places_of
from code_agent.unusable import Unusable
from ygg.models.port import Reply

WHOLE_LENGTH = 6000
"""A longer file is rewritten one symbol at a time."""
MOST_SYMBOLS = 5
"""So many of one file are rewritten at most, where none is named."""


@dataclass(frozen=True)
class Piece:
    path: str
    before: str
    """The whole file, as it is by now."""
    language: Language
    name: str = ""
    """The symbol that is rewritten; where it is empty, that is the whole file."""

    @property
    def shown(self) -> str:
        return find(self.before, self.name).text if self.name else self.before

    @property
    def called(self) -> str:
        return f"{self.name} of {self.path}" if self.name else self.path

    def after(self, reply: Reply) -> str:
        """The file as an answer would have it."""
        code = code_of(
            reply.text,
            self.language,
            defines=self._defines,
            ended=reply.finished == "stop",
        )
        if missing := elided(code, self.shown, self.language):
            raise Unusable(missing)
        return self._placed(code)

    @property
    def _defines(self) -> tuple[str, ...]:
        return (self.name.rpartition(".")[2],) if self.name else ()

    def _placed(self, code: str) -> str:
        if self.name:
            return spliced(self.before, self.name, code, extras=True)
        if trouble := trouble_in(self.language, code):
            raise Unusable(trouble)
        if self.language == "python" and (only := _only_symbol(code, self.before)):
            return spliced(self.before, only, code, extras=True)
        return code.strip("\n") + "\n"


def pieces_of(path: str, text: str, language: Language, guidance: str) -> list[str]:
    """Names of what may be worth rewriting in it, the likeliest first; the whole of it where that
    is short."""
    if language != "python" or len(text) <= WHOLE_LENGTH:
        return [""]
    known = [one for one in all_symbols(text) if one.kind != "class" and not one.is_overload]
    named = [one.name for one in known if re.search(rf"\b{re.escape(one.own_name)}\b", guidance)]
    if named:
        return named
    measured = facts(text)
    return sorted(measured, key=lambda name: measured[name].complexity, reverse=True)


def speaks_of(guidance: str, path: str, text: str) -> bool:
    """Whether it names the file, or something that is defined there."""
    name = re.escape(PurePosixPath(path).name)
    is_named = re.search(rf"(?<![\w.-]){name}(?![\w-])", guidance) is not None
    return is_named or bool(places_of(guidance, text))


def around(piece: Piece) -> Sequence[Symbol]:
    """What else the file defines at its top, of which the model may need to know."""
    if not piece.name:
        return ()
    own = piece.name.partition(".")[0]
    return [one for one in all_symbols(piece.before) if not one.within and one.name != own]


def _only_symbol(code: str, before: str) -> str:
    """The one of the file's symbols that an answer holds, when it leaves out the others."""
    there = {one.name for one in all_symbols(before) if not one.within}
    held = {one.name for one in all_symbols(code) if not one.within}
    kept = [name for name in there if name in held]
    return kept[0] if len(kept) == 1 and len(there) > 1 else ""
