"""What `code_agent.inside.ygg_pytest` reports, read on the outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import JsonValue

from code_agent.python.sealed import number, sealed_lines, words

REASON_LENGTH = 200

Ended = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]


@dataclass(frozen=True)
class TestRun:
    __test__ = False  # for pytest, which would take it for a test by its name

    name: str
    ended: Ended
    asserted: bool
    """It failed because the test said so, and not by an error somewhere else."""
    seconds: float
    says: str


@dataclass(frozen=True)
class TestsReport:
    __test__ = False

    collected: Sequence[str]
    runs: Sequence[TestRun]
    broken: Sequence[str]
    """Why files could not be collected."""
    exit_code: int
    doubt: str = ""
    """Why it is not to be believed although it is under seal: pytest itself was changed."""

    @property
    def counts(self) -> Counter[Ended]:
        return Counter(one.ended for one in self.runs)

    @property
    def failures(self) -> list[TestRun]:
        return [one for one in self.runs if one.ended not in ("passed", "skipped", "xfailed")]

    @property
    def not_run(self) -> list[str]:
        """Collected, and then dropped by a conftest or by the end of the session."""
        ran = {one.name for one in self.runs}
        return [name for name in self.collected if name not in ran]

    @property
    def passed(self) -> bool:
        """All there are passed, and there are some: a skipped one has shown nothing."""
        ran_well = bool(self.runs) and all(one.ended == "passed" for one in self.runs)
        is_whole = not self.broken and not self.not_run and self.exit_code == 0
        return ran_well and is_whole and not self.doubt

    def says(self) -> str:
        counts = self.counts
        told = [f"{counts[ended]} {ended}" for ended in get_args(Ended) if counts[ended]]
        if self.broken:
            told.append(f"{len(self.broken)} not collected")
        if self.not_run:
            told.append(f"{len(self.not_run)} not run")
        if not told:
            told.append("no tests were found")
        elif self.exit_code and not self.failures and not self.broken:
            told.append(f"pytest ended with {self.exit_code}")
        elif self.doubt and not self.failures and not self.broken and not self.not_run:
            told.append(self.doubt)
        return ", ".join(told)


def plugin_input(key: str, report: Path, seed: int | None = None) -> dict[str, str | int | None]:
    """What the plugin is told on standard input. A seed shuffles the tests."""
    return {"key": key, "report": str(report), "seed": seed}


def read_report(text: str, key: str) -> TestsReport | None:
    """Nothing when the key did not seal it: the session ended early, or somebody forged it."""
    lines = sealed_lines(text, key)
    if not lines:
        return None
    head, *tests = lines
    return TestsReport(
        collected=_names(head.get("collected")) + ["…"] * int(number(head, "more")),
        runs=[_run(one) for one in tests if words(one, "ended") in get_args(Ended)],
        broken=[words(one, "says") for one in _objects(head.get("broken"))],
        exit_code=int(number(head, "exit")),
        doubt=words(head, "doubt"),
    )


def error_lines(says: str) -> list[str]:
    """Those by which pytest says what went wrong: it marks them with an E."""
    return [line[1:].strip() for line in says.splitlines() if line.startswith("E ")]


def reasons(says: str) -> list[str]:
    """The lines that say why a test failed; where none is marked, the last."""
    return error_lines(says) or [line.strip() for line in says.strip().splitlines()[-1:]]


def first_reason(says: str) -> str:
    found = reasons(says)
    return found[0][:REASON_LENGTH] if found else ""


def _run(line: dict[str, JsonValue]) -> TestRun:
    return TestRun(
        name=words(line, "test"),
        ended=cast(Ended, line["ended"]),
        asserted=line.get("asserted") is True,
        seconds=number(line, "seconds"),
        says=words(line, "says"),
    )


def _names(value: JsonValue) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
