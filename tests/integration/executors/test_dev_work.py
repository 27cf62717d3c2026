"""`dev-script`, `dev-build`, `dev-format` and `dev-lint` through a real worker, with real tools."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import unavailable
from tests.gitserver import Repository, find_git
from tests.integration.executors.harness import ExecutorProcess, MakeExecutor
from tests.integration.executors.projects import archive, data, kept, require, work
from tests.services import ServiceMissing
from ygg.task import Ending, Outcome, Verdict

UNTIDY = "x = [1,2 ]\n"
UNUSED = "import os\n"
NO_C = {"CGO_ENABLED": "0"}
"""In the sandbox go builds its library anew, and C is a third of that."""


def done(shared: ExecutorProcess, label: str, files: dict[str, str], **params: object) -> Outcome:
    task = work(label, files, **params)
    shared.send(task)
    return shared.outcome(task, 100)


def content(outcome: Outcome, path: str) -> bytes:
    found = next(one for one in outcome.artifacts if one.path == path)
    return base64.b64decode(found.blob.inline_base64 or "")


# dev-script


@pytest.mark.parametrize(
    ("interpreter", "script", "said"),
    [
        ("sh", 'echo "$0 $1 $#"', "sh -x 2\n"),
        ("bash", "a=(1 2 3); echo ${#a[@]} $2", "3 it's\n"),
        ("python3", "import sys; print(sys.argv[1:])", "['-x', \"it's\"]\n"),
        ("sh", "-e; echo after", ""),
    ],
)
def test_a_script_is_run(shared: ExecutorProcess, interpreter: str, script: str, said: str) -> None:
    outcome = done(
        shared, "dev-script", {}, script=script, interpreter=interpreter, args=["-x", "it's"]
    )
    if said:
        assert outcome.result == {"exit_code": 0, "stdout": said}, outcome
    else:
        assert outcome.ending is Ending.OK or "-e" in outcome.hint


def test_a_script_has_files_and_leaves_files(shared: ExecutorProcess) -> None:
    outcome = done(
        shared,
        "dev-script",
        {"in/words": "b\na\n"},
        script="sort words > sorted; cat > said",
        path="in",
        outputs=["s*"],
        stdin="hello",
    )
    assert outcome.ending is Ending.OK, outcome
    assert kept(outcome) == {"in/said": 5, "in/sorted": 4}


def test_a_script_that_fails(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-script", {}, script="echo no >&2; exit 3")
    assert (outcome.reason, outcome.hint) == ("exit code 3", "no")


def test_a_secret_of_the_machine_is_a_variable(make_executor: MakeExecutor, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cr3t-token\n")
    executor = make_executor(
        YGG_SECRETS__FORGE__FILE=str(secret), YGG_SECRETS__FORGE__LABELS='["dev-script"]'
    )
    executor.start_and_wait()
    script = 'test "$TOKEN" = s3cr3t-token && echo it is $TOKEN'
    task = work("dev-script", {}, script=script, secrets={"TOKEN": "forge"})
    executor.send(task)
    outcome = executor.outcome(task)
    assert outcome.ending is Ending.OK, outcome
    assert "s3cr3t" not in outcome.model_dump_json() + executor.text(task)
    other = work("dev-run", {}, command=["env"], secrets={"TOKEN": "forge"})
    executor.send(other)
    assert executor.outcome(other).ending is Ending.ERROR


def test_the_network_is_asked_for(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-script", {}, script="true", network=True)
    assert outcome.ending is Ending.ERROR
    assert "network = true" in outcome.hint


# Repositories


def test_a_repository_is_tested_formatted_and_run(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    find_git()
    repository = Repository(tmp_path, "sums")
    tests = "def test_good():\n    pass\n"
    repository.commit({"lib/test_sums.py": tests, "lib/untidy.py": "x=1"})
    repository.branch("broken")
    repository.commit({"lib/test_sums.py": tests + "def test_bad():\n    raise OSError\n"})
    executor = make_executor(YGG_HANDLERS__REPOSITORIES__ALLOW_FILE=json.dumps([str(tmp_path)]))
    executor.start_and_wait()
    repo = {"repo": f"file://{repository.bare}", "path": "lib"}

    def outcome(label: str, **params: object) -> Outcome:
        task = work(label, {}, **repo, **params)
        executor.send(task)
        return executor.outcome(task, 60)

    good = outcome("dev-test", ref="main")
    assert (good.ending, data(good)["passed"]) == (Ending.OK, 1), good
    assert outcome("dev-test", ref="broken").reason == "1 of 2 tests failed: test_bad"
    formatted = outcome("dev-format", ref="main")
    assert data(formatted)["changed_files"] == ["lib/untidy.py"], formatted
    diff = content(formatted, "format.diff")
    repository.git("checkout", "--quiet", "main")
    subprocess.run(["git", "apply", "-"], input=diff, cwd=repository.work, check=True)
    assert (repository.work / "lib/untidy.py").read_text() == "x = 1\n"
    ran = outcome("dev-run", command=["git", "log", "--format=%D"])
    assert ran.ending is Ending.OK, ran


# dev-build


def test_make_builds(shared: ExecutorProcess) -> None:
    require("make", "apt-get install make")
    files = {"Makefile": "answer:\n\techo 42 > answer\n"}
    outcome = done(shared, "dev-build", files, outputs=["answer"])
    assert content(outcome, "answer") == b"42\n"
    assert data(outcome) == {"builder": "make", "ran": "make", "exit_code": 0}
    broken = done(shared, "dev-build", files, args=["nothing"])
    assert broken.reason == "make: exit code 2"
    assert "nothing" in broken.hint


@pytest.mark.slow
def test_go_builds(shared: ExecutorProcess) -> None:
    require("go", "install Go")
    files = {
        "go.mod": "module hello\n\ngo 1.21\n",
        "main.go": "package main\n\nfunc main() { println(42) }\n",
    }
    outcome = done(shared, "dev-build", files, args=["-o", "out/hello"], outputs=["out"], env=NO_C)
    assert outcome.ending is Ending.OK, outcome
    assert kept(outcome)["out/hello"] > 1000


def test_npm_builds_what_an_archive_holds(shared: ExecutorProcess) -> None:
    require("npm", "install Node.js")
    package = '{"name": "x", "scripts": {"build": "node -e \\"fs.writeFileSync(\'o\', \'1\')\\""}}'
    task = work(
        "dev-build", {"p.tgz": archive({"package.json": package})}, unpack=["p.tgz"], outputs=["o"]
    )
    shared.send(task)
    outcome = shared.outcome(task, 60)
    assert kept(outcome) == {"o": 1}, outcome


BACKEND = """
import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "sums-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        at = "sums-1.0.dist-info"
        wheel.writestr("sums.py", "x = 1")
        wheel.writestr(f"{at}/METADATA", "Metadata-Version: 2.1\\nName: sums\\nVersion: 1.0\\n")
        wheel.writestr(f"{at}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{at}/RECORD", "")
    return name
"""


def test_python_builds_a_wheel(shared: ExecutorProcess) -> None:
    settings = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {"pyproject.toml": settings, "backend.py": BACKEND}
    outcome = done(shared, "dev-build", files)
    if "No module named pip" in outcome.hint:
        unavailable(ServiceMissing("python3 has no pip: apt-get install python3-pip"))
    assert list(kept(outcome)) == ["dist/sums-1.0-py3-none-any.whl"], outcome


def test_cargo_builds(shared: ExecutorProcess) -> None:
    require("cargo", "install Rust")
    files = {
        "Cargo.toml": '[package]\nname = "hi"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/main.rs": "fn main() {}\n",
    }
    outcome = done(shared, "dev-build", files, outputs=["target/debug/hi"])
    assert list(kept(outcome)) == ["target/debug/hi"], outcome


# dev-format


def test_code_is_formatted_and_the_change_is_a_diff(
    shared: ExecutorProcess, tmp_path: Path
) -> None:
    files = {"src/a.py": "x = [1,2 ]", "src/tidy.py": "y = 1\n"}
    outcome = done(shared, "dev-format", files)
    assert (outcome.ending, outcome.verdict) == (Ending.OK, Verdict.VERIFIED), outcome
    assert data(outcome)["changed_files"] == ["src/a.py"]
    assert content(outcome, "src/a.py") == b"x = [1, 2]\n"
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text(files["src/a.py"])
    diff = content(outcome, "format.diff")
    subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "src/a.py").read_text() == "x = [1, 2]\n"


def test_check_only_says_so(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-format", {"a.py": UNTIDY, "b.py": "x = 1\n"}, check=True)
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "1 of 2 files are not formatted: a.py"
    assert list(kept(outcome)) == ["format.diff"]
    assert done(shared, "dev-format", {"b.py": "x = 1\n"}, check=True).ending is Ending.OK


def test_several_formatters_at_once(shared: ExecutorProcess) -> None:
    require("go", "install Go")
    require("rustfmt", "install Rust")
    files = {"a.py": "x=1", "a.go": "package a\nvar  X=1\n", "a.rs": "fn  main( ){}\n"}
    outcome = done(shared, "dev-format", files)
    assert data(outcome)["changed_files"] == ["a.go", "a.py", "a.rs"], outcome
    assert content(outcome, "a.go") == b"package a\n\nvar X = 1\n"


def test_code_that_cannot_be_read_is_a_failure(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-format", {"a.py": "def ("})
    assert outcome.reason.endswith("ruff: exit code 2")
    assert outcome.hint


def test_nothing_to_format(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-format", {"a.txt": "x"})
    assert outcome.reason.startswith("there are no files here for ruff, prettier")


# dev-lint


def test_findings_are_data(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-lint", {"a.py": UNUSED})
    assert outcome.reason == "1 problem in 1 file"
    assert outcome.hint == "a.py:1:8: F401 `os` imported but unused"
    assert data(outcome)["diagnostics"] == [
        {
            "file": "a.py",
            "line": 1,
            "column": 8,
            "code": "F401",
            "message": "`os` imported but unused",
            "severity": "error",
        }
    ]
    assert "lint.json" in kept(outcome)
    assert done(shared, "dev-lint", {"a.py": UNUSED}, fail_on="never").ending is Ending.OK
    assert done(shared, "dev-lint", {"a.py": "x = 1\n"}).ending is Ending.OK


@pytest.mark.slow
def test_go_vet(shared: ExecutorProcess) -> None:
    require("go", "install Go")
    files = {
        "go.mod": "module x\n\ngo 1.21\n",
        "a.go": 'package x\n\nimport "fmt"\n\nfunc F() { fmt.Printf("%d\\n", "x") }\n',
    }
    outcome = done(shared, "dev-lint", files, env=NO_C)
    assert outcome.hint.startswith("a.go:5:"), outcome
    assert "printf" in outcome.hint


def test_clippy(shared: ExecutorProcess) -> None:
    require("cargo", "install Rust")
    files = {
        "Cargo.toml": '[package]\nname = "hi"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": "pub fn f(x: bool) -> bool { if x == true { true } else { false } }\n",
    }
    outcome = done(shared, "dev-lint", files, fail_on="error")
    assert outcome.ending is Ending.OK, outcome
    assert "clippy::bool_comparison" in str(data(outcome)["diagnostics"])
    broken = done(shared, "dev-lint", files | {"src/lib.rs": "fn f( {\n"})
    assert broken.ending is Ending.ERROR
    assert "src/lib.rs:1" in broken.hint


def test_shellcheck(shared: ExecutorProcess) -> None:
    require("shellcheck", "apt-get install shellcheck")
    outcome = done(shared, "dev-lint", {"a.sh": "#!/bin/sh\nrm $1\n"})
    assert outcome.hint.startswith("a.sh:2:4: SC2086"), outcome


def test_shfmt(shared: ExecutorProcess) -> None:
    require("shfmt", "apt-get install shfmt")
    outcome = done(shared, "dev-format", {"a.sh": "if true;then\n echo x;fi\n"})
    assert content(outcome, "a.sh") == b"if true; then\n\techo x\nfi\n"


def test_a_tool_that_is_not_there(shared: ExecutorProcess) -> None:
    outcome = done(shared, "dev-format", {"a.js": "x"}, formatter="prettier")
    assert outcome.reason == "not installed on the executor's machine: prettier"
    assert "npm install" in outcome.hint


def test_a_hostile_linter_of_the_project(shared: ExecutorProcess) -> None:
    """Found in its node_modules: whatever it says is bounded and no traceback."""
    for says in ("'[' * 100000", "'{}'", "'[{\\'filePath\\': 1}]'", "'x' * 10 ** 8"):
        tool = f"#!{sys.executable}\nprint({says})\n"
        files = {
            "p.tgz": archive(
                {
                    "package.json": '{"devDependencies": {"eslint": "1"}}',
                    "a.js": "x",
                    "node_modules/.bin/eslint": tool,
                }
            )
        }
        task = work("dev-lint", files, unpack=["p.tgz"], linter="eslint")
        shared.send(task)
        outcome = shared.outcome(task, 60)
        assert outcome.ending is Ending.ERROR
        assert "Traceback" not in outcome.model_dump_json()
