"""What is run for a project, by whole command lines, and how a project is known by its files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from executors.handlers.dev import Script, script_command
from executors.handlers.dev_build import Builder, build_command
from executors.projects.diagnostics import read_diagnostics
from executors.projects.file_changes import Snapshot
from executors.projects.kinds import Folder, Package, builders_of, runners_of
from executors.projects.offline import tool_variables
from executors.projects.params import Project
from executors.projects.suites import Facts, Runner, command_for
from executors.projects.tools import FORMATTERS, LINTERS, commands
from executors.safe_files import read_file, write_file
from ygg.errors import BadInput

REPORT = Path("/w/my files/junit.xml")


def folder(path: Path, files: Mapping[str, str]) -> Folder:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return Folder(path)


# Tests


@pytest.mark.parametrize(
    ("runner", "args", "argv"),
    [
        (
            "pytest",
            ["-k", "a"],
            f"pytest|--junitxml={REPORT}|-o|junit_family=xunit1|--color=no|-p|no:cacheprovider|-k|a",
        ),
        ("go", [], "go|test|-json|./..."),
        ("go", ["-race"], "go|test|-json|-race|./..."),
        ("go", ["./pkg"], "go|test|-json|./pkg"),
        ("cargo", ["--all"], "cargo|test|--no-fail-fast|--all"),
        ("make", [], "make|test"),
    ],
)
def test_the_command_that_runs_tests(runner: Runner, args: list[str], argv: str) -> None:
    assert command_for(runner, Facts(runner, REPORT), args).argv == argv.split("|")


@pytest.mark.parametrize(
    ("script", "args", "argv", "form"),
    [
        ("node --test .", [], "npm|test", "junit"),
        (
            "lint && vitest",
            [],
            f"npm|test|--|--run|--reporter=default|--reporter=junit|--outputFile.junit={REPORT}",
            "junit",
        ),
        ("jest --ci", ["-t", "x"], f"npm|test|--|--json|--outputFile={REPORT}|-t|x", "jest"),
        (
            "./node_modules/.bin/mocha",
            [],
            f"npm|test|--|--reporter|xunit|--reporter-option|output={REPORT}",
            "junit",
        ),
        ("tape *.js", [], "npm|test", "tap"),
        ("tape *.js", ["a"], "npm|test|--|a", "tap"),
    ],
)
def test_npm_runs_what_the_package_says(script: str, args: list[str], argv: str, form: str) -> None:
    facts = Facts("npm", REPORT, Package({"test": script}, frozenset()))
    command = command_for("npm", facts, args)
    assert (command.argv, command.form) == (argv.split("|"), form)


def test_node_is_told_by_a_variable_where_its_report_goes() -> None:
    facts = Facts("npm", REPORT, Package({"test": "node --test"}, frozenset()))
    assert command_for("npm", facts, []).env == {
        "NODE_OPTIONS": "--test-reporter=spec --test-reporter-destination=stdout"
        f' --test-reporter=junit --test-reporter-destination="{REPORT}"'
    }


def test_make_checks_where_it_has_no_tests() -> None:
    facts = Facts("make", REPORT, make_targets=frozenset({"check", "all"}))
    assert command_for("make", facts, []).argv == ["make", "check"]


@pytest.mark.parametrize(
    ("files", "runners"),
    [
        ({"test_a.py": ""}, ["pytest"]),
        ({"a/b/c_test.py": ""}, ["pytest"]),
        ({"pyproject.toml": "[tool.pytest.ini_options]"}, ["pytest"]),
        ({"pyproject.toml": "", "Cargo.toml": ""}, ["cargo"]),
        ({"pyproject.toml": ""}, ["pytest"]),
        ({"node_modules/x/test_a.py": "", "a.py": ""}, []),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, ["npm"]),
        ({"package.json": '{"scripts": {"test": "echo no test specified"}}'}, []),
        ({"package.json": "{}", "go.mod": ""}, ["go"]),
        ({"Makefile": "a: b\n\ntest:\n\ttrue\n"}, ["make"]),
        ({"Makefile": "test := 1\n"}, []),
        ({"GNUmakefile": "check: all\n", "test_x.py": ""}, ["pytest", "make"]),
    ],
)
def test_how_a_project_is_tested(tmp_path: Path, files: dict[str, str], runners: list[str]) -> None:
    assert runners_of(folder(tmp_path, files)) == runners


def test_links_say_nothing_about_a_project(tmp_path: Path) -> None:
    (tmp_path / "package.json").symlink_to("/etc/passwd")
    (tmp_path / "go.mod").symlink_to("nowhere")
    (tmp_path / "test_a.py").symlink_to("/etc/passwd")
    assert runners_of(Folder(tmp_path)) == builders_of(Folder(tmp_path)) == []


@settings(max_examples=200)
@given(st.text(max_size=40), st.binary(max_size=20))
def test_no_file_is_a_surprise(
    tmp_path_factory: pytest.TempPathFactory, text: str, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("project")
    for name in ("package.json", "Makefile", "pyproject.toml"):
        (path / name).write_bytes(text.encode(errors="surrogatepass") + raw)
    runners_of(Folder(path))
    builders_of(Folder(path))


# Builds and scripts


@pytest.mark.parametrize(
    ("builder", "args", "argv"),
    [
        ("npm", [], "npm run build"),
        ("npm", ["--prod"], "npm run build -- --prod"),
        ("go", [], "go build ./..."),
        ("go", ["-o", "out/x"], "go build -o out/x ./..."),
        ("go", ["-o", "./x", "./cmd/x"], "go build -o ./x ./cmd/x"),
        ("go", ["-o", "./x"], "go build -o ./x ./..."),
        ("cargo", ["--release"], "cargo build --release"),
        ("make", ["all"], "make all"),
        ("python", [], "python -m pip wheel --no-deps --no-build-isolation --wheel-dir=dist ."),
    ],
)
def test_the_command_that_builds(builder: Builder, args: list[str], argv: str) -> None:
    assert build_command(builder, builder, args, network=False) == argv.split()


def test_with_a_network_pip_may_fetch_what_builds_it() -> None:
    argv = build_command("python", "python3", [], network=True)
    assert "--no-build-isolation" not in argv


@pytest.mark.parametrize(
    ("interpreter", "argv"),
    [
        ("sh", ["sh", "-c", "--", "-x", "sh", "a"]),
        ("bash", ["bash", "-c", "--", "-x", "bash", "a"]),
        ("python3", ["python3", "-c", "-x", "a"]),
    ],
)
def test_the_command_that_runs_a_script(interpreter: Any, argv: list[str]) -> None:
    assert script_command(Script(script="-x", interpreter=interpreter, args=["a"])) == argv


def test_without_a_network_tools_say_so_at_once() -> None:
    assert {"GOPROXY", "CARGO_NET_OFFLINE"} <= set(tool_variables(network=False))
    assert not {"GOPROXY", "CARGO_NET_OFFLINE"} & set(tool_variables(network=True))


@pytest.mark.parametrize(
    "params",
    [
        {"unpack": ["../a.tar"]},
        {"unpack": ["a"] * 21},
        {"env": {"A=B": "c"}},
        {"env": {"A": "\0"}},
        {"env": {"A": "x" * 100_001}},
        {"ref": "main", "repo": "-x"},
        {"path": "/"},
    ],
)
def test_bad_params_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Project.model_validate(params)


# Formatters and linters


@pytest.mark.parametrize(
    ("tool", "argv"),
    [
        (FORMATTERS["ruff"], "P format --no-cache --force-exclude ./-a ./b"),
        (FORMATTERS["prettier"], "P --write --log-level=warn --ignore-unknown ./-a ./b"),
        (FORMATTERS["gofmt"], "P -w ./-a ./b"),
        (FORMATTERS["rustfmt"], "P --edition 2018 ./-a ./b"),
        (FORMATTERS["shfmt"], "P -w ./-a ./b"),
        (LINTERS["ruff"], "P check --no-cache --output-format=json ."),
        (LINTERS["eslint"], "P --format=json ."),
        (LINTERS["vet"], "P vet -json ./..."),
        (LINTERS["clippy"], "P clippy --quiet --message-format=json --all-targets"),
        (LINTERS["shellcheck"], "P --format=json1 ./-a ./b"),
    ],
)
def test_the_command_of_a_tool(tmp_path: Path, tool: Any, argv: str) -> None:
    project = folder(tmp_path, {"Cargo.toml": '[package]\nedition = "2018"\n'})
    assert commands(tool, "P", ["-a", "b"], project) == [argv.split()]


def test_many_files_take_several_commands(tmp_path: Path) -> None:
    files = [f"{n}.py" for n in range(450)]
    found = commands(FORMATTERS["ruff"], "ruff", files, folder(tmp_path, {}))
    assert [len(argv) - 4 for argv in found] == [200, 200, 50]


VET = '# x\n{\n\t"x": {\n\t\t"printf": [{"posn": "/w/a.go:5:12", "message": "wrong"}]\n\t}\n}\n'
CLIPPY = json.dumps(
    {
        "message": {
            "level": "warning",
            "message": "needless",
            "code": {"code": "clippy::x"},
            "spans": [
                {"file_name": "src/a.rs", "line_start": 1, "column_start": 2, "is_primary": True}
            ],
        }
    }
)


@pytest.mark.parametrize(
    ("linter", "output", "line"),
    [
        ("vet", VET + "# y\n{}\n", "a.go:5:12: printf wrong"),
        ("clippy", f'{{"reason": "x"}}\nnot json\n{CLIPPY}', "src/a.rs:1:2: clippy::x needless"),
        (
            "shellcheck",
            '{"comments": [{"file": "./a.sh", "line": 2, "column": 4, "level": "info",'
            ' "code": 2086, "message": "quote"}]}',
            "a.sh:2:4: SC2086 quote",
        ),
        (
            "eslint",
            '[{"filePath": "/w/a.js", "messages": [{"line": 1, "column": 1, "severity": 2,'
            ' "ruleId": null, "message": "Parsing error"}]}]',
            "a.js:1:1: parse Parsing error",
        ),
        (
            "ruff",
            '[{"filename": "/w/a.py", "location": {"row": 1, "column": 8}, "code": "F401",'
            ' "message": "unused"}]',
            "a.py:1:8: F401 unused",
        ),
    ],
)
def test_findings_have_one_shape(linter: str, output: str, line: str) -> None:
    (found,) = read_diagnostics(linter, output, Path("/w"))
    assert found.as_line() == line


@given(
    st.sampled_from(sorted(LINTERS)),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["messages", "comments", "message", "spans", "location", "x"]),
                inner,
                max_size=3,
            )
        ),
    ),
)
def test_nonsense_from_a_linter_is_a_value_error(linter: str, value: object) -> None:
    try:
        found = read_diagnostics(linter, json.dumps(value), Path("/w"))
    except ValueError:
        return
    assert all(len(one.message) <= 500 for one in found)


# Changes


lines = st.lists(st.sampled_from(["a", "b", "\r", "", "é", "@@ -1 +1 @@"]), max_size=8)


@settings(max_examples=60, deadline=None)
@given(lines, lines, st.booleans(), st.booleans())
def test_a_diff_does_what_was_done(
    tmp_path_factory: pytest.TempPathFactory,
    old: list[str],
    new: list[str],
    old_ends: bool,
    new_ends: bool,
) -> None:
    path = tmp_path_factory.mktemp("diff")
    before = ("\n".join(old) + "\n" * old_ends).encode()
    after = ("\n".join(new) + "\n" * new_ends).encode()
    (path / "a b").write_bytes(before)
    snapshot = Snapshot(path, ["a b"], list[str]().append)
    (path / "a b").write_bytes(after)
    if before == after:
        return
    diff = snapshot.diff(snapshot.changed())
    (path / "a b").write_bytes(before)
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=diff, cwd=path, check=True)
    assert (path / "a b").read_bytes() == after


def test_a_long_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n" * 6000)
    snapshot = Snapshot(tmp_path, ["a"], list[str]().append)
    (tmp_path / "a").write_text("y\n" * 6001)
    diff = snapshot.diff(["a"])
    (tmp_path / "a").write_text("x\n" * 6000)
    subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "a").read_text() == "y\n" * 6001


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (2 * 1024 * 1024 + 1))
    (tmp_path / "link").symlink_to("/etc/passwd")
    warnings: list[str] = []
    assert Snapshot(tmp_path, ["large", "link"], warnings.append).changed() == []
    assert len(warnings) == 2


def test_what_became_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\n")
    snapshot = Snapshot(tmp_path, ["a"], list[str]().append)
    (tmp_path / "a").unlink()
    (tmp_path / "a").symlink_to("/etc/passwd")
    assert snapshot.changed() == ["a"]
    assert b"root" not in snapshot.diff(["a"])


# Files where a stranger's code has run


def test_a_file_is_written_in_place_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w/report").symlink_to(tmp_path / "outside")
    write_file(tmp_path / "w", "report", b"x")
    assert not (tmp_path / "outside").exists()
    assert read_file(tmp_path / "w/report", tmp_path / "w", 10) == b"x"
    (tmp_path / "w/folder").mkdir()
    with pytest.raises(BadInput, match="folder cannot be written"):
        write_file(tmp_path / "w", "folder", b"x")


def test_only_regular_files_below_are_read(tmp_path: Path) -> None:
    inside = tmp_path / "w"
    inside.mkdir()
    (tmp_path / "secret").write_text("s")
    (inside / "link").symlink_to(tmp_path / "secret")
    (inside / "up").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe")
    for name in ("link", "up/secret", "pipe", "none", "a\0b", ""):
        with pytest.raises(BadInput):
            read_file(inside / name, inside, 10)
    (inside / "long").write_text("x" * 11)
    with pytest.raises(BadInput, match="more than 10 bytes"):
        read_file(inside / "long", inside, 10)
