"""What linters found, as data: each has a JSON of its own, all of it the project's own word."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

Severity = Literal["error", "warning"]

MOST = 10_000
TEXT_LENGTH = 500
NAME_LENGTH = 300


@dataclass(frozen=True)
class Diagnostic:
    file: str
    line: int
    column: int
    code: str
    message: str
    severity: Severity = "error"

    def as_line(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}"

    def as_data(self) -> dict[str, JsonValue]:
        return asdict(self)


def read_diagnostics(linter: str, output: str, folder: Path) -> list[Diagnostic]:
    """ValueError if that is not what such a linter writes."""
    try:
        found = list(itertools.islice(_READERS[linter](output), MOST))
    except (RecursionError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not what {linter} writes: {error!r}"[:TEXT_LENGTH]) from error
    return [_bounded(one, folder) for one in found]


def _ruff(output: str) -> Iterator[Diagnostic]:
    for one in json.loads(output):
        at = one["location"] or {}
        yield _diagnostic(
            one["filename"], at.get("row"), at.get("column"), one["code"], one["message"]
        )


def _eslint(output: str) -> Iterator[Diagnostic]:
    for file in json.loads(output):
        for one in file["messages"]:
            severity: Severity = "error" if one.get("severity") == 2 else "warning"
            yield _diagnostic(
                *(file["filePath"], one.get("line"), one.get("column")),
                *(one.get("ruleId") or "parse", one["message"], severity),
            )


def _vet(output: str) -> Iterator[Diagnostic]:
    """Objects one after the other, with lines that begin with # between them."""
    text = "\n".join(line for line in output.splitlines() if not line.startswith("#"))
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        package, end = decoder.raw_decode(text, at)
        for analyzers in package.values():
            for code, found in analyzers.items():
                for one in found if isinstance(found, list) else ():
                    file, line, column = one["posn"].rsplit(":", 2)
                    yield _diagnostic(file, line, column, code, one["message"])
        at = text.find("{", end)


def _clippy(output: str) -> Iterator[Diagnostic]:
    for line in output.splitlines():
        if not line.startswith("{"):
            continue
        message = json.loads(line).get("message")
        spans = [one for one in (message or {}).get("spans", ()) if one["is_primary"]]
        if not spans:
            continue
        severity: Severity = "error" if message["level"].startswith("error") else "warning"
        code = (message.get("code") or {}).get("code") or "rustc"
        at = spans[0]
        yield _diagnostic(
            *(at["file_name"], at["line_start"], at["column_start"]),
            *(code, message["message"], severity),
        )


def _shellcheck(output: str) -> Iterator[Diagnostic]:
    for one in json.loads(output)["comments"]:
        severity: Severity = "error" if one["level"] == "error" else "warning"
        code = f"SC{one['code']}"
        yield _diagnostic(one["file"], one["line"], one["column"], code, one["message"], severity)


_READERS: Mapping[str, Callable[[str], Iterator[Diagnostic]]] = {
    "ruff": _ruff,
    "eslint": _eslint,
    "vet": _vet,
    "clippy": _clippy,
    "shellcheck": _shellcheck,
}


def _diagnostic(
    file: Any, line: Any, column: Any, code: Any, message: Any, severity: Severity = "error"
) -> Diagnostic:
    return Diagnostic(str(file), _number(line), _number(column), str(code), str(message), severity)


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _bounded(one: Diagnostic, folder: Path) -> Diagnostic:
    file = one.file
    if Path(file).is_relative_to(folder):
        file = Path(file).relative_to(folder).as_posix()
    return replace(
        one,
        file=_text(file.removeprefix("./"), NAME_LENGTH),
        code=_text(one.code, NAME_LENGTH),
        message=_text(one.message, TEXT_LENGTH),
    )


def _text(text: str, length: int) -> str:
    return text.encode(errors="backslashreplace").decode().replace("\x00", "\ufffd")[:length]
