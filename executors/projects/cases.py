"""What tests did, as data: counted, listed, and written as JUnit XML for other programs.

Whoever writes tests also writes their report. So the XML that is kept is written here, from what
was understood, and is harmless to whoever reads it next.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

from pydantic import JsonValue

Ended = Literal["passed", "failed", "error", "skipped"]

MOST_CASES = 100_000
NAME_LENGTH = 300
MESSAGE_LENGTH = 500
DETAIL_LENGTH = 8000
FAILURES_SHOWN = 50
NAMES_IN_REASON = 3

# What XML 1.0 has no way to say.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Case:
    """One test. A report bounds what its texts may take."""

    name: str
    ended: Ended = "passed"
    group: str = ""
    """Its file, class or package, as its runner groups tests."""
    seconds: float = 0.0
    message: str = ""
    detail: str = ""
    file: str = ""
    line: int | None = None

    @property
    def full_name(self) -> str:
        return f"{self.group}: {self.name}" if self.group else self.name

    def bounded(self) -> Case:
        return replace(
            self,
            name=_bounded(self.name, NAME_LENGTH),
            group=_bounded(self.group, NAME_LENGTH),
            message=_bounded(self.message.strip(), MESSAGE_LENGTH),
            # The end of a long one says more: there the error stands.
            detail=_readable(self.detail)[-DETAIL_LENGTH:],
            file=_bounded(self.file, NAME_LENGTH),
        )


@dataclass(frozen=True)
class Report:
    cases: Sequence[Case]
    seconds: float = 0.0

    @property
    def counts(self) -> Counter[Ended]:
        return Counter(case.ended for case in self.cases)

    @property
    def failures(self) -> list[Case]:
        return [case for case in self.cases if case.ended in ("failed", "error")]

    def as_data(self) -> dict[str, JsonValue]:
        counts, failures = self.counts, self.failures
        shown: list[JsonValue] = [_as_data(case) for case in failures[:FAILURES_SHOWN]]
        return {
            "passed": counts["passed"],
            "failed": counts["failed"],
            "errors": counts["error"],
            "skipped": counts["skipped"],
            "duration_seconds": round(self.seconds, 3),
            "failures": shown,
            "failures_left_out": max(0, len(failures) - FAILURES_SHOWN),
        }

    def reason(self) -> str:
        """Why these tests failed, in one line; nothing when none did."""
        failures = self.failures
        if not failures:
            return ""
        names = ", ".join(case.name for case in failures[:NAMES_IN_REASON])
        more = len(failures) - NAMES_IN_REASON
        ran = len(self.cases) - self.counts["skipped"]
        tests = "test" if ran == 1 else "tests"
        return f"{len(failures)} of {ran} {tests} failed: {names}" + (
            f" and {more} more" if more > 0 else ""
        )

    def as_junit(self, name: str) -> bytes:
        counts = self.counts
        lines = [
            '<?xml version="1.0" encoding="utf-8"?>',
            f"<testsuites><testsuite{_attributes(name=name, tests=len(self.cases))}"
            f"{_attributes(failures=counts['failed'], errors=counts['error'])}"
            f"{_attributes(skipped=counts['skipped'], time=f'{self.seconds:.3f}')}>",
            *(_as_element(case) for case in self.cases),
            "</testsuite></testsuites>\n",
        ]
        return "\n".join(lines).encode()


def report_of(cases: Iterable[Case], seconds: float, folder: Path) -> Report:
    """Of what a runner said in a folder; what is too much for anybody to read is cut."""
    kept = [case.bounded() for case in itertools.islice(cases, MOST_CASES)]
    here = f"{folder}/"
    return Report([replace(case, file=case.file.removeprefix(here)) for case in kept], seconds)


def _as_data(case: Case) -> JsonValue:
    message = case.message or case.detail.strip().partition("\n")[0][:MESSAGE_LENGTH]
    return {
        "name": case.name,
        "group": case.group,
        "file": case.file,
        "line": case.line,
        "message": message,
    }


def _as_element(case: Case) -> str:
    start = f"<testcase{_attributes(classname=case.group, name=case.name)}"
    start += _attributes(time=f"{case.seconds:.3f}")
    if case.file:
        start += _attributes(file=case.file)
    if case.line is not None:
        start += _attributes(line=case.line)
    if case.ended == "passed":
        return start + "/>"
    tag = {"failed": "failure", "error": "error", "skipped": "skipped"}[case.ended]
    said = f"<{tag}{_attributes(message=case.message)}>{escape(case.detail)}</{tag}>"
    return f"{start}>{said}</testcase>"


def _attributes(**values: object) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


def _bounded(text: str, length: int) -> str:
    text = _readable(text)
    return text if len(text) <= length else text[: length - 1] + "…"


def _readable(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
