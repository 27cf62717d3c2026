"""Read JUnit XML that somebody else wrote, and who may mean harm: bounded, without entities."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from executors.projects.cases import DETAIL_LENGTH, MOST_CASES, Case, Ended
from ygg.errors import BadInput

MOST_BYTES = 32 * 1024 * 1024
DEPTH = 50

_ENDED: dict[str, Ended] = {"failure": "failed", "error": "error", "skipped": "skipped"}
_NOT_BEGUN = ("collection failure", "failed on setup", "failed on teardown")
_PYTEST_ERROR = re.compile(r"^E +(.+)$", re.MULTILINE)
_PLACES = (
    # pytest: at the start of a line. node: in brackets, with a column. vitest: behind an arrow.
    re.compile(r"^([^\s:()]{1,300}):(\d{1,7}): ", re.MULTILINE),
    re.compile(r"\((?:file://)?(/[^\s:()]{1,300}|[^\s:()]{1,300}/[^\s:()]{1,300}):(\d{1,7}):\d+\)"),
    re.compile(r"^ *\u276f (?:[^\s:]{1,300} )?([^\s:()]{1,300}):(\d{1,7}):\d+$", re.MULTILINE),
)


def read_junit(content: bytes) -> Iterator[Case]:
    """The cases in it. BadInput says why it cannot be read."""
    reader = _Reader()
    try:
        # All at once: in steps, expat would look at a long word again at each.
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise BadInput(f"the report is no XML: {error}") from error
    except (ValueError, LookupError) as error:
        raise BadInput(f"the report cannot be read: {error}") from error
    return iter(reader.cases)


class _Reader:
    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._no_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open: list[str] = []
        self._groups: list[str] = []
        self._case: Mapping[str, str] | None = None
        self._ended: Ended = "passed"
        self._message = ""
        self._detail = ""

    def _no_doctype(self, *_: object) -> None:
        # Entities are declared there, and a few lines of those become gigabytes.
        raise BadInput("the report declares a document type, which no test runner does")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH:
            raise BadInput("the report is nested too deeply")
        self._open.append(tag)
        if tag == "testsuite":
            self._groups.append(attributes.get("name", ""))
        elif tag == "testcase":
            if len(self.cases) >= MOST_CASES:
                raise BadInput(f"the report has more than {MOST_CASES} tests")
            self._case, self._ended, self._message, self._detail = attributes, "passed", "", ""
        elif tag in _ENDED and self._case is not None:
            self._ended = _ENDED[tag]
            self._message = attributes.get("message", "")

    def _end(self, tag: str) -> None:
        self._open.pop()
        if tag == "testsuite" and self._groups:
            self._groups.pop()
        elif tag == "testcase" and self._case is not None:
            self.cases.append(self._made(self._case))
            self._case = None

    def _text(self, text: str) -> None:
        if self._case is not None and self._open[-1] in _ENDED:
            self._detail = (self._detail + text)[-DETAIL_LENGTH:]

    def _made(self, attributes: Mapping[str, str]) -> Case:
        file, line = place_in(self._detail)
        group = attributes.get("classname", "")
        return Case(
            name=attributes.get("name", ""),
            # node calls every test's class `test`; the suites around it say more.
            group=" ".join(filter(None, self._groups)) if group in ("", "test") else group,
            ended=self._ended,
            seconds=_seconds(attributes.get("time", "")),
            message=_message(self._message, self._detail),
            detail=self._detail,
            file=file or attributes.get("file", ""),
            line=line if file else _line(attributes.get("line", "")),
        ).bounded()


def place_in(text: str) -> tuple[str, int | None]:
    """The file and line that a failure names, if it does: of a traceback the innermost."""
    own = list(_PLACES[0].finditer(text))
    found = own[-1] if own else _PLACES[1].search(text) or _PLACES[2].search(text)
    return (found[1], int(found[2])) if found else ("", None)


def _message(said: str, detail: str) -> str:
    """What says most in a line: where pytest says that it could not begin, the error it met."""
    if said.startswith(_NOT_BEGUN) and (errors := _PYTEST_ERROR.findall(detail)):
        return str(errors[-1])
    return said.partition("\n")[0] or detail.strip().partition("\n")[0]


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if math.isfinite(found) and 0 <= found < 1e9 else 0.0


def _line(text: str) -> int | None:
    """pytest counts them from 0."""
    return int(text) + 1 if text.isascii() and text.isdigit() and len(text) < 8 else None
