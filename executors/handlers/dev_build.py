"""`dev-build`: build a project and keep what comes out."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

from pydantic import Field, JsonValue

from executors.exits import how_it_ended, last_line
from executors.handler import Context, Failed, handler
from executors.projects.kinds import Builder, Folder, builders_of
from executors.projects.params import Paths, Project, Words
from executors.projects.workplace import likeliest, workplace
from executors.sources import RepositorySettings

PROGRAMS: Mapping[Builder, str] = {
    "npm": "npm",
    "go": "go",
    "cargo": "cargo",
    "python": "python3",
    "make": "make",
}
MADE: Mapping[Builder, list[str]] = {"python": ["dist/*.whl"]}
"""What is kept where nothing else is asked for."""


class Build(Project):
    builder: Builder | None = None
    """What builds it; by default told by the files in the folder."""
    args: Words = Field(default=[], examples=[["--release"]])
    """Added to the builder's command line; make's targets."""
    outputs: Paths = Field(default=[], examples=[["target/release/tool"]])
    """Files to keep: globs below `path`, `**` for any depth, a folder for all in it."""


@handler(
    "dev-build",
    summary="Build a project with npm, go, cargo, python or make, and keep what it makes.",
    untrusted=True,
    commands=(
        "printf 'answer:\\n\\techo 42 > answer\\n' > Makefile && ygg submit --label dev-build"
        " --file Makefile --param 'outputs=[\"answer\"]' --wait",
    ),
)
def build(params: Build, context: Context, settings: RepositorySettings) -> JsonValue:
    place = workplace(params, context, settings)
    builder = params.builder or likeliest(
        builders_of(Folder(place.folder)), context, "builder", does="build", done="built"
    )
    program = place.program(PROGRAMS[builder])
    argv = build_command(builder, program, params.args, network=params.network)
    context.log("$ " + shlex.join(argv))
    ran = place.run(argv)
    result: dict[str, JsonValue] = {
        "builder": builder,
        "ran": shlex.join(argv)[:1000],
        "exit_code": ran.exit_code,
    }
    if ran.exit_code:
        raise Failed(f"{builder}: {how_it_ended(ran)}", last_line(ran), result)
    place.keep(params.outputs or MADE.get(builder, []))
    return result


def build_command(
    builder: Builder, program: str, args: Sequence[str], *, network: bool
) -> list[str]:
    return _COMMANDS[builder](program, list(args), network)


def _npm(program: str, args: list[str], network: bool) -> list[str]:
    return [program, "run", "build", *(["--", *args] if args else [])]


def _go(program: str, args: list[str], network: bool) -> list[str]:
    last = args[-1] if args else "-"
    names_packages = last.startswith((".", "/")) and "-o" not in args[-2:-1]
    return [program, "build", *args, *([] if names_packages else ["./..."])]


def _cargo(program: str, args: list[str], network: bool) -> list[str]:
    return [program, "build", *args]


def _python(program: str, args: list[str], network: bool) -> list[str]:
    # Isolated, pip would fetch what builds it.
    here = [] if network else ["--no-build-isolation"]
    return [program, "-m", "pip", "wheel", "--no-deps", *here, "--wheel-dir=dist", *args, "."]


def _make(program: str, args: list[str], network: bool) -> list[str]:
    return [program, *args]


_COMMANDS: Mapping[Builder, Callable[[str, list[str], bool], list[str]]] = {
    "npm": _npm,
    "go": _go,
    "cargo": _cargo,
    "python": _python,
    "make": _make,
}
