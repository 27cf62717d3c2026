"""`dev-lint`: what linters say of a project, as data."""

from __future__ import annotations

import json
import shlex
from typing import Literal

from pydantic import Field, JsonValue

from executors.exits import how_it_ended, last_line
from executors.handler import Context, Failed, handler
from executors.projects.diagnostics import Diagnostic, read_diagnostics
from executors.projects.kinds import Folder
from executors.projects.params import Project
from executors.projects.tools import LINTERS, Tool, choose, commands
from executors.projects.workplace import Workplace, workplace
from executors.sources import RepositorySettings

ARTIFACT = "lint.json"
OUTPUT_BYTES = 8 * 1024 * 1024
SHOWN = 200
LOGGED = 1000


class Lint(Project):
    linter: Literal["ruff", "eslint", "vet", "clippy", "shellcheck"] | None = None
    """What looks at the code; by default all that fit the files and are installed."""
    fail_on: Literal["any", "error", "never"] = Field(default="any")
    """What fails the task: anything found, errors alone, or nothing."""


@handler(
    "dev-lint",
    summary="Lint a project: ruff, eslint, go vet, clippy or shellcheck. Each finding is data.",
    untrusted=True,
    commands=(
        "printf 'print(6*7)\\n' > answer.py && ygg submit --label dev-lint --file answer.py --wait",
    ),
)
def lint(params: Lint, context: Context, settings: RepositorySettings) -> JsonValue:
    place = workplace(params, context, settings)
    folder = Folder(place.folder)
    found: list[Diagnostic] = []
    ran: list[JsonValue] = []
    for tool, program, files in choose(LINTERS, params.linter, place, folder):
        for argv in commands(tool, program, files, folder):
            found += _look(tool, argv, place)
            ran.append(shlex.join(argv[:8]))
    for one in found[:LOGGED]:
        context.log(one.as_line())
    data: list[JsonValue] = [one.as_data() for one in found]
    errors = sum(one.severity == "error" for one in found)
    result: dict[str, JsonValue] = {
        "ran": ran,
        "errors": errors,
        "warnings": len(found) - errors,
        "diagnostics": data[:SHOWN],
        "diagnostics_left_out": max(0, len(data) - SHOWN),
    }
    place.keep_as(ARTIFACT, json.dumps(data, indent=1).encode())
    if {"any": len(found), "error": errors, "never": 0}[params.fail_on]:
        raise Failed(_reason(found), found[0].as_line(), result)
    return result


def _look(tool: Tool, argv: list[str], place: Workplace) -> list[Diagnostic]:
    place.context.log("$ " + shlex.join(argv))
    ran = place.run(argv, logged=False, keep_bytes=OUTPUT_BYTES)
    output = ran.stdout + ran.stderr if tool.name == "vet" else ran.stdout
    try:
        found = read_diagnostics(tool.name, output, place.folder)
    except ValueError as error:
        place.context.log(ran.stderr or ran.stdout[-4096:])
        raise Failed(
            f"{tool.name}: {how_it_ended(ran)}, and its findings cannot be read: {error}",
            last_line(ran),
        ) from error
    if ran.exit_code not in tool.well or (ran.exit_code and not found):
        place.context.log(ran.stderr)
        raise Failed(f"{tool.name}: {how_it_ended(ran)}", last_line(ran))
    return found


def _reason(found: list[Diagnostic]) -> str:
    files = len({one.file for one in found})
    problems = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    return f"{problems} in {'1 file' if files == 1 else f'{files} files'}"
