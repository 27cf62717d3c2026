"""Understand what test runners print: `go test -json`, cargo, TAP, jest's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from executors.projects.cases import DETAIL_LENGTH, Case, Ended
from executors.projects.junit import place_in

_GO_ENDED: dict[str, Ended] = {"pass": "passed", "fail": "failed", "skip": "skipped"}
_GO_PLACE = re.compile(r"^\s*([\w./-]{1,300}\.go):(\d{1,7}):(?:\d+:)? (.*)$", re.MULTILINE)
_SLASH = re.compile("/")
_GO_NOISE = re.compile(r"^(=== |--- |\s+--- |PASS$|FAIL\b|ok\s|exit status)")

_CARGO_LINE = re.compile(r"^test (.{1,300}?) \.\.\. (ok|FAILED|ignored)\b")
_CARGO_SECTION = re.compile(r"^---- (.{1,300}) stdout ----$")
_CARGO_PANIC = re.compile(r"panicked at (?:'(.*)', )?([^\s:']{1,300}):(\d{1,7}):\d+")
_CARGO_ENDED: dict[str, Ended] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}

_TAP_LINE = re.compile(r"^\s*(not ok|ok)\b(?: +\d+)?(?: +- +| +|$)(.*)$")
_JEST_ENDED: dict[str, Ended] = {
    "passed": "passed",
    "failed": "failed",
    "pending": "skipped",
    "todo": "skipped",
    "skipped": "skipped",
    "disabled": "skipped",
}


@dataclass
class _GoTest:
    package: str
    name: str
    output: list[str] = field(default_factory=list)
    ended: Ended | None = None
    seconds: float = 0.0


def read_go(text: str) -> list[Case]:
    """Tests, and packages that failed without one of their tests failing."""
    tests: dict[tuple[str, str], _GoTest] = {}
    for event in _events(text):
        package = _text(event, "Package") or _text(event, "ImportPath").partition(" ")[0]
        key = (package, _text(event, "Test"))
        one = tests.setdefault(key, _GoTest(*key))
        action = _text(event, "Action")
        if action in ("output", "build-output"):
            one.output.append(_text(event, "Output"))
        elif action in _GO_ENDED:
            one.ended = _GO_ENDED[action]
            one.seconds = _number(event.get("Elapsed"))
        elif action == "build-fail":
            one.ended = "failed"
    return list(_go_cases(tests))


def _go_cases(tests: dict[tuple[str, str], _GoTest]) -> Iterator[Case]:
    failed = {key for key, one in tests.items() if one.name and one.ended in ("failed", None)}
    with_parts = {(package, name.rpartition("/")[0]) for package, name in tests if "/" in name}
    told = {package for package, _ in failed}
    above_failed = {
        (package, name[: found.start()])
        for package, name in failed
        for found in _SLASH.finditer(name)
    }
    for key, one in tests.items():
        if not one.name:
            if one.ended == "failed" and one.package not in told:
                told.add(one.package)
                yield _go_case(one, "error", name=one.package)
            continue
        # A test of several parts is what its parts are, unless it failed by itself.
        if key in with_parts and (one.ended != "failed" or key in above_failed):
            continue
        yield _go_case(one, one.ended or "error", name=one.name)


def _go_case(one: _GoTest, ended: Ended, name: str) -> Case:
    output = "".join(one.output)[-DETAIL_LENGTH:]
    place = _GO_PLACE.search(output) if ended != "passed" else None
    kept = [line for line in output.splitlines() if not _GO_NOISE.match(line)]
    said = "" if ended == "passed" else "\n".join(kept).strip()
    message = place[3] if place else said.partition("\n")[0]
    if one.ended is None:
        message = message or "it did not end"
    return Case(
        name=name,
        group=one.package if one.name else "",
        ended=ended,
        seconds=one.seconds,
        message=message,
        detail=said,
        file=place[1] if place else "",
        line=int(place[2]) if place else None,
    )


def go_text(text: str) -> str:
    """What a person would have seen of `go test -json`."""
    return "".join(_text(event, "Output") for event in _events(text))


def read_cargo(text: str) -> list[Case]:
    lines = text.splitlines()
    details = _cargo_details(lines)
    cases = []
    for line in lines:
        if not (found := _CARGO_LINE.match(line)):
            continue
        name, ended = found[1].removesuffix(" - should panic"), _CARGO_ENDED[found[2]]
        detail = details.get(found[1], details.get(name, "")) if ended == "failed" else ""
        cases.append(_cargo_case(name, ended, detail))
    return cases


def _cargo_case(name: str, ended: Ended, detail: str) -> Case:
    panic = _CARGO_PANIC.search(detail)
    after = detail[panic.end() :].lstrip(":").strip() if panic else detail.strip()
    return Case(
        name=name,
        ended=ended,
        message=(panic[1] if panic and panic[1] else after.partition("\n")[0]),
        detail=detail,
        file=panic[2] if panic else "",
        line=int(panic[3]) if panic else None,
    )


def _cargo_details(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = None
    for line in lines:
        if section := _CARGO_SECTION.match(line):
            name = section[1]
        elif line in ("failures:", "successes:"):
            name = None
        elif name is not None:
            found[name] = (found.get(name, "") + line + "\n")[-DETAIL_LENGTH:]
    return found


def read_tap(text: str) -> list[Case]:
    """The Test Anything Protocol: `ok 1 - name`, `not ok 2 - name # TODO`."""
    cases: list[Case] = []
    for line in text.splitlines():
        if not (found := _TAP_LINE.match(line)):
            continue
        name, _, directive = found[2].partition("# ")
        ended: Ended = "passed" if found[1] == "ok" else "failed"
        if directive.upper().startswith(("SKIP", "TODO")):
            ended = "skipped"
        cases.append(Case(name=name.strip() or f"test {len(cases) + 1}", ended=ended))
    return cases


def read_jest(content: str) -> list[Case]:
    """jest's `--json`, vitest's json reporter too. ValueError if it is something else."""
    try:
        found = json.loads(content)
        return [case for file in found["testResults"] for case in _jest_file(file)]
    except (RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not what jest writes: {error}") from error


def _jest_file(file: dict[str, Any]) -> Iterator[Case]:
    tests = file["assertionResults"]
    if not tests and file.get("status") == "failed":
        yield Case(name=str(file["name"]), ended="error", detail=str(file.get("message", "")))
    for test in tests:
        detail = "\n".join(map(str, test.get("failureMessages") or ()))
        place, line = place_in(detail)
        yield Case(
            name=str(test["title"]),
            group=" ".join(map(str, test.get("ancestorTitles") or ())),
            ended=_JEST_ENDED.get(str(test.get("status")), "error"),
            seconds=_number(test.get("duration")) / 1000,
            message=detail.partition("\n")[0],
            detail=detail,
            file=place or str(file["name"]),
            line=line,
        )


def _events(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _text(event: dict[str, Any], key: str) -> str:
    found = event.get(key, "")
    return found if isinstance(found, str) else ""


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e9 else 0.0
