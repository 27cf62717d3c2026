"""The command lines of other languages' tools, and what those say of real files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from code_agent.languages.checks import CHECKERS, reader_commands, well_formed
from code_agent.languages.which import SPELLINGS, Language
from executors.projects.kinds import Folder
from executors.projects.tools import commands
from tests.conftest import unavailable
from tests.services import ServiceMissing

FILES = ["a", "-b"]

FORMATTERS: dict[Language, str] = {
    "javascript": "prettier --check --log-level=warn --ignore-unknown ./a ./-b",
    "go": "gofmt -l ./a ./-b",
    "rust": "rustfmt --check --edition 2021 ./a ./-b",
    "bash": "shfmt -d ./a ./-b",
}
LINTERS: dict[Language, str] = {
    "javascript": "eslint --format=json .",
    "go": "go vet -json ./...",
    "rust": "cargo clippy --quiet --message-format=json --all-targets",
    "bash": "shellcheck --format=json1 ./a ./-b",
}


@pytest.mark.parametrize("language", FORMATTERS)
def test_a_formatter_is_asked_and_changes_nothing(language: Language, tmp_path: Path) -> None:
    tool = CHECKERS[language].formatter
    assert commands(tool, tool.program, FILES, Folder(tmp_path)) == [FORMATTERS[language].split()]


@pytest.mark.parametrize("language", LINTERS)
def test_a_linter_is_the_one_of_projects(language: Language, tmp_path: Path) -> None:
    tool = CHECKERS[language].linter
    assert commands(tool, tool.program, FILES, Folder(tmp_path)) == [LINTERS[language].split()]


def test_one_file_at_a_time_is_read(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    node, bash = CHECKERS["javascript"].reader, CHECKERS["bash"].reader
    assert node is not None
    assert bash is not None
    assert reader_commands(node, "node", ["a.js", "b.jsx", "-c.mjs"], folder) == [
        ["node", "--check", "./a.js"],
        ["node", "--check", "./-c.mjs"],
    ]
    assert reader_commands(bash, "bash", ["a.sh", "b.bash"], folder) == [
        ["bash", "-n", "./a.sh"],
        ["bash", "-n", "./b.bash"],
    ]


@pytest.mark.parametrize("language", sorted(SPELLINGS.keys() - {"python"}))
def test_every_other_language_has_checkers_and_they_fit_its_files(language: Language) -> None:
    found = CHECKERS[language]
    suffix = SPELLINGS[language].suffixes[0]
    assert suffix in found.formatter.suffixes
    assert suffix in found.linter.suffixes


TIDY: dict[str, tuple[Language, str, str, str]] = {
    "gofmt": ("go", "a.go", "package a\n", "package   a\n"),
    "rustfmt": ("rust", "a.rs", "fn main() {}\n", "fn  main(){}\n"),
    "shfmt": ("bash", "a.sh", "echo a\n", "echo   a\n"),
}


@pytest.mark.parametrize("program", TIDY)
def test_a_tidy_file_is_well_formed_and_an_untidy_one_is_not(program: str, tmp_path: Path) -> None:
    language, name, tidy, untidy = TIDY[program]
    assert formatted(language, tmp_path, name, tidy) is True
    assert formatted(language, tmp_path, name, untidy) is False


def test_what_cannot_be_formatted_is_not_called_well_formed(tmp_path: Path) -> None:
    assert formatted("go", tmp_path, "a.go", "packag a\n") is None


@pytest.mark.parametrize(
    ("language", "name", "good", "bad"),
    [
        ("javascript", "a.mjs", "export const a = 1;\n", "export const = 1;\n"),
        ("bash", "a.sh", "if true; then echo; fi\n", "if true; then echo\n"),
    ],
)
def test_a_reader_tells_what_can_be_run(
    language: Language, name: str, good: str, bad: str, tmp_path: Path
) -> None:
    reader = CHECKERS[language].reader
    assert reader is not None
    program = installed(reader.program)
    for source, well in ((good, True), (bad, False)):
        (tmp_path / name).write_text(source)
        [argv] = reader_commands(reader, program, [name], Folder(tmp_path))
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) is well


def formatted(language: Language, folder: Path, name: str, source: str) -> bool | None:
    (folder / name).write_text(source)
    tool = CHECKERS[language].formatter
    [argv] = commands(tool, installed(tool.program), [name], Folder(folder))
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return well_formed(done.returncode, done.stdout)


def installed(program: str) -> str:
    own = Path(sys.prefix, "bin", program)
    found = shutil.which(program) or shutil.which(own)
    if found is None:
        unavailable(ServiceMissing(f"{program} is not installed"))
    return found
