"""Formatters and linters: for which files, by which command line; all pure but the choice."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from executors.handler import Failed
from executors.projects.kinds import Folder
from executors.projects.workplace import Workplace, how_to_get

FILES_AT_ONCE = 200
"""A command line has an end."""

_EDITION = re.compile(r"^edition\s*=\s*[\"'](\d{4})[\"']", re.MULTILINE)
_NEWEST_EDITION = "2021"
_SHELL = (".sh", ".bash")
_WEB = (".js", ".cjs", ".mjs", ".jsx", ".ts", ".tsx", ".css", ".scss", ".json", ".md", ".yaml")


@dataclass(frozen=True)
class Tool:
    name: str
    program: str
    suffixes: tuple[str, ...]
    argv: Callable[[str, Sequence[str], Folder], list[str]]
    """From its program, some files and the project's folder."""
    belongs: Callable[[Folder], bool] = lambda folder: True
    """Whether this project uses it, if there are such files."""
    whole: bool = False
    """It looks for files itself, in the whole folder."""
    well: tuple[int, ...] = (0,)
    """Exit codes of a run that did its work."""


def commands(tool: Tool, program: str, files: Sequence[str], folder: Folder) -> list[list[str]]:
    if tool.whole:
        return [tool.argv(program, (), folder)]
    # So that no name is an option.
    named = [f"./{file}" for file in files]
    return [tool.argv(program, some, folder) for some in _batches(named)]


def choose(
    tools: Mapping[str, Tool], wanted: str | None, place: Workplace, folder: Folder
) -> Iterator[tuple[Tool, str, list[str]]]:
    """The one that is wanted, or those that fit the files and are here; each with its files."""
    fitting = [tools[wanted]] if wanted else [one for one in tools.values() if one.belongs(folder)]
    with_files = [(tool, files) for tool in fitting if (files := folder.sources(*tool.suffixes))]
    if not with_files:
        known = wanted or ", ".join(tools)
        raise Failed(f"there are no files here for {known}", "give path, repo or input files")
    missing = []
    for tool, files in with_files:
        program = place.program_if_there(tool.program)
        if program is None:
            missing.append(tool)
        else:
            yield tool, program, files
    if len(missing) == len(with_files):
        names = ", ".join(tool.program for tool in missing)
        raise Failed(
            f"not installed on the executor's machine: {names}", how_to_get(missing[0].program)
        )
    for tool in missing:
        place.context.warn(f"{tool.program} is not installed: its files were left out")


def _batches(files: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(files)
    while some := list(itertools.islice(rest, FILES_AT_ONCE)):
        yield some


def _uses(*names: str) -> Callable[[Folder], bool]:
    """Whether a package.json or a file of settings says that a project uses something."""

    def uses(folder: Folder) -> bool:
        package = folder.package()
        if package is not None and not package.dependencies.isdisjoint(names):
            return True
        starts = tuple(f".{name}rc" for name in names) + tuple(f"{name}.config." for name in names)
        return any(file.startswith(starts) for file in folder.files)

    return uses


def _ruff_format(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "format", "--no-cache", "--force-exclude", *files]


def _prettier(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "--write", "--log-level=warn", "--ignore-unknown", *files]


def _gofmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "-w", *files]


def _rustfmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    found = _EDITION.search(folder.text("Cargo.toml"))
    return [program, "--edition", found[1] if found else _NEWEST_EDITION, *files]


def _shfmt(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "-w", *files]


FORMATTERS: Mapping[str, Tool] = {
    "ruff": Tool("ruff", "ruff", (".py", ".pyi"), _ruff_format),
    "prettier": Tool("prettier", "prettier", _WEB, _prettier, belongs=_uses("prettier")),
    "gofmt": Tool("gofmt", "gofmt", (".go",), _gofmt),
    "rustfmt": Tool("rustfmt", "rustfmt", (".rs",), _rustfmt),
    "shfmt": Tool("shfmt", "shfmt", _SHELL, _shfmt),
}


def _ruff_check(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "check", "--no-cache", "--output-format=json", "."]


def _eslint(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "--format=json", "."]


def _vet(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "vet", "-json", "./..."]


def _clippy(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "clippy", "--quiet", "--message-format=json", "--all-targets"]


def _shellcheck(program: str, files: Sequence[str], folder: Folder) -> list[str]:
    return [program, "--format=json1", *files]


LINTERS: Mapping[str, Tool] = {
    "ruff": Tool("ruff", "ruff", (".py", ".pyi"), _ruff_check, whole=True, well=(0, 1)),
    "eslint": Tool(
        "eslint", "eslint", _WEB[:6], _eslint, belongs=_uses("eslint"), whole=True, well=(0, 1)
    ),
    "vet": Tool(
        "vet", "go", (".go",), _vet, belongs=lambda folder: "go.mod" in folder.files, whole=True
    ),
    "clippy": Tool(
        "clippy",
        "cargo",
        (".rs",),
        _clippy,
        belongs=lambda folder: "Cargo.toml" in folder.files,
        whole=True,
        # An error in the code: it is among what is reported.
        well=(0, 101),
    ),
    "shellcheck": Tool("shellcheck", "shellcheck", _SHELL, _shellcheck, well=(0, 1)),
}
