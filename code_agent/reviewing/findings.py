"""Findings: what the model says of a piece, held against the lines that really stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from pydantic import JsonValue

from code_agent.fences import blocks
from code_agent.reviewing.pieces import Piece
from code_agent.unusable import Unusable
from ygg.errors import YggError
from ygg.models.json_answers import Form

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")

MOST_OF_A_PIECE = 8
QUOTE_LENGTH = 300
MESSAGE_LENGTH = 400
SHORTEST_QUOTE = 4
"""Less stands nearly everywhere, unless it is a whole line."""
MOST_LINES = 10_000_000
MUCH_ALIKE = 0.6

NOWHERE = "quotes what stands nowhere in what it was shown"
AMBIGUOUS = "quotes what stands in several lines, and not in the one it names"
SILENT = "says nothing"
REPEATED = "repeats another"
TOO_MANY = "one of too many for so few lines"

_LINE_NUMBER = re.compile(r"^\s*\d{1,7}\s*[+ ]?[|:]\s?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]+|\d+")


def _schema(most: int) -> dict[str, JsonValue]:
    finding: dict[str, JsonValue] = {
        "type": "object",
        "properties": {
            "line": {"type": "integer", "minimum": 0, "maximum": MOST_LINES},
            "quote": {"type": "string"},
            "severity": {"enum": list(SEVERITIES)},
            "message": {"type": "string"},
            "raises": {"type": "string"},
        },
        "required": ["line", "quote", "severity", "message"],
    }
    listed: dict[str, JsonValue] = {"type": "array", "items": finding, "maxItems": most}
    return {"type": "object", "properties": {"findings": listed}, "required": ["findings"]}


SCHEMA = _schema(MOST_OF_A_PIECE)
"""What the server is asked to keep the model to."""
_FORM = Form(_schema(1000))
"""What is read all the same: one that says everything many times may have said something."""


@dataclass(frozen=True)
class Finding:
    file: str
    line: int
    quote: str
    """That line, as it stands there."""
    severity: Severity
    message: str
    proven: bool = False
    """A machine says the same."""
    by: str = "model"
    """Who says it."""
    proof: str = ""
    """What that machine said, or did."""
    remark: str = ""
    """What the model says of the same, in its own words. No machine confirms those."""
    raises: str = ""
    """The exception that it is said to end with."""

    def as_data(self) -> dict[str, JsonValue]:
        return {
            "file": self.file,
            "line": self.line,
            "quote": self.quote,
            "severity": self.severity,
            "message": self.message,
            "proven": self.proven,
            "by": self.by,
            "proof": self.proof or None,
            "remark": self.remark or None,
        }


@dataclass(frozen=True)
class Placed:
    """What is left of an answer, and why the rest was dropped."""

    findings: tuple[Finding, ...]
    dropped: tuple[str, ...]


def read_findings(text: str, piece: Piece) -> Placed:
    """`Unusable` if it is not the JSON that was asked for."""
    kept: list[Finding] = []
    dropped: list[str] = []
    for told in _told(text):
        placed = _placed(told, piece)
        if isinstance(placed, str):
            dropped.append(placed)
        elif any(alike(placed, one) for one in kept):
            dropped.append(REPEATED)
        elif len(kept) >= MOST_OF_A_PIECE:
            dropped.append(TOO_MANY)
        else:
            kept.append(placed)
    return Placed(tuple(kept), tuple(dropped))


def alike(one: Finding, other: Finding) -> bool:
    """The same of the same line, maybe in other words."""
    if (one.file, one.line) != (other.file, other.line):
        return False
    mine, theirs = words_of(one.message), words_of(other.message)
    return len(mine & theirs) >= MUCH_ALIKE * len(mine | theirs)


def words_of(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """In the order of files and lines; of those alike one, and rather the proven."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda each: not each.proven):
        if not any(alike(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda each: (each.file, each.line))


def plain(text: str, length: int = MESSAGE_LENGTH) -> str:
    """In one line, and without signs that a terminal obeys."""
    seen = "".join(one if one.isprintable() else " " for one in text[: 4 * length])
    line = " ".join(seen.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _told(text: str) -> Sequence[Mapping[str, JsonValue]]:
    bare = text.strip()
    if bare.startswith(("```", "~~~")) and len(found := blocks(bare)) == 1:
        bare = found[0].code
    try:
        answer = cast(Mapping[str, JsonValue], _FORM.read(bare))
    except YggError as error:
        raise Unusable(error.message) from error
    return cast(Sequence[Mapping[str, JsonValue]], answer["findings"])


def _placed(told: Mapping[str, JsonValue], piece: Piece) -> Finding | str:
    message = plain(str(told["message"]))
    if not message:
        return SILENT
    line = _line_of(str(told["quote"])[: 20 * QUOTE_LENGTH], int(cast(float, told["line"])), piece)
    if isinstance(line, str):
        return line
    return Finding(
        file=piece.path,
        line=line,
        quote=quoted(piece.numbered[line]),
        severity=cast(Severity, told["severity"]),
        message=message,
        raises=plain(str(told.get("raises", "")), 80),
    )


def quoted(line: str) -> str:
    return line.strip()[:QUOTE_LENGTH]


def _line_of(quote: str, said: int, piece: Piece) -> int | str:
    """Where the quote stands: in the line that is named, or else in one single other."""
    for wanted in _readings(quote):
        found = list(_stands_in(wanted, piece.numbered))
        if said in found:
            return said
        if len(found) == 1:
            return found[0]
        if found:
            return AMBIGUOUS
    return NOWHERE


def _readings(quote: str) -> Iterator[list[str]]:
    """As it is, or without what models put around: backticks, the number of the line."""
    for text in (quote, quote.strip().strip("`"), _LINE_NUMBER.sub("", quote)):
        lines = [" ".join(line.split()) for line in text.splitlines()]
        lines = [line for line in lines if line]
        if lines:
            yield lines


def _stands_in(wanted: list[str], numbered: Mapping[int, str]) -> Iterator[int]:
    """All lines of the quote, one after the other; blank ones do not count."""
    lines = [(number, " ".join(text.split())) for number, text in numbered.items()]
    lines = [one for one in lines if one[1]]
    for at, (number, _) in enumerate(lines):
        there = [text for _, text in lines[at : at + len(wanted)]]
        if len(there) == len(wanted) and all(map(_holds, there, wanted)):
            yield number


def _holds(line: str, quote: str) -> bool:
    return quote == line or (len(quote) >= SHORTEST_QUOTE and quote in line)


def proven(finding: Finding, by: str, proof: str, says: str, severity: Severity) -> Finding:
    """In the words of who proved it: of the model's no more than a remark is left."""
    return replace(
        finding,
        severity=severity,
        message=says,
        proven=True,
        by=by,
        proof=proof,
        remark=finding.message,
    )
