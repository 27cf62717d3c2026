"""What counts as nearer to green, what may not be changed, and what is no honest answer."""

from __future__ import annotations

import pytest

from code_agent.fixing.honest import made_for, meddles
from code_agent.fixing.progress import Seen, is_progress, seen, worse
from code_agent.languages.which import Language
from code_agent.protected import is_protected, matches
from code_agent.verdict import Check
from executors.projects.cases import Case, Ended


def of(**ended: Ended) -> Seen:
    return seen([Check("tests", None)], [Case(name, how) for name, how in ended.items()])


@pytest.mark.parametrize(
    ("before", "after", "progress"),
    [
        (of(a="failed", b="passed"), of(a="passed", b="passed"), True),
        (of(a="failed", b="failed"), of(a="failed", b="passed"), True),
        (of(a="failed", b="passed"), of(a="passed", b="failed"), False),
        (of(a="failed", b="passed"), of(a="passed"), False),
        (of(a="failed", b="passed"), of(a="passed", b="skipped"), False),
        (of(a="failed", b="failed"), of(a="passed"), False),
        (of(a="failed", b="failed"), of(a="passed", b="skipped"), False),
        (of(a="failed"), of(a="failed"), False),
        (of(a="failed"), of(a="passed", new="failed"), False),
        (of(a="failed"), of(a="error"), False),
        (of(file="error"), of(t1="failed", t2="passed"), True),
        (of(file="error"), of(t1="failed"), True),
        (of(file="error", b="passed"), of(t1="passed"), False),
        (of(file="error"), of(), True),
    ],
)
def test_progress(before: Seen, after: Seen, progress: bool) -> None:
    assert is_progress(before, after) is progress


def test_what_got_worse_is_named() -> None:
    assert worse(of(a="passed"), of(a="failed")) == "a passed before and does not now"
    assert worse(of(a="failed", b="failed"), of()) == (
        "a failed before and does not run now (and 1 more)"
    )
    assert worse(of(a="passed"), of(a="passed", b="failed")) == ""


def test_the_same_failures_are_the_same_error_wherever_they_happen() -> None:
    def error(message: str) -> str:
        return seen([], [Case("a", "failed", message=message)]).error()

    assert error("<object at 0x7f12>: 1 == 2") == error("<object at 0x7fff>: 1 == 2")
    assert error("after 3.2s in /tmp/x/a.py") == error("after 4.5s in /tmp/y/a.py")
    assert error("1 == 2") != error("1 == 3")


def test_tests_of_one_name_are_told_apart() -> None:
    found = seen([], [Case("a", "passed"), Case("a", "failed"), Case("a", group="g")])
    assert (found.failing, found.passed) == ({"a (2)"}, {"a", "g: a"})


def test_green_needs_checks_that_passed() -> None:
    assert not of(a="passed").is_green
    assert seen([Check("tests", True)], [Case("a")]).is_green
    assert not seen([Check("tests", False)], [Case("a")]).is_green
    assert not seen([], []).is_green


@pytest.mark.parametrize(
    "path",
    [
        *("test_a.py", "a_test.py", "tests/a.py", "pkg/tests/data/x.json", "conftest.py"),
        *("a.test.js", "a.spec.ts", "src/__tests__/a.js", "a_test.go", "x.snap", "test/a.rb"),
        *("package-lock.json", "Cargo.lock", "go.sum", "poetry.lock", "yarn.lock", "uv.lock"),
        *(".github/workflows/ci.yml", ".gitlab-ci.yml", ".ci/run.py", "Jenkinsfile", "Makefile"),
        *("pyproject.toml", "tox.ini", "pytest.ini", "setup.cfg", "package.json", "Cargo.toml"),
        *("jest.config.js", ".mocharc.yml", "sub/Makefile", "node_modules/a/b.js", "go.mod"),
    ],
)
def test_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize(
    "path",
    [
        *("a.py", "src/pkg/testing_tools.py", "contest.py", "latest.py", "protest/a.js"),
        *("attest.go", "src/lib.rs", "cmd/main.go", "makefile.py", "index.ts"),
    ],
)
def test_not_protected(path: str) -> None:
    assert not is_protected(path)


def test_what_is_named_writable_is_not_protected() -> None:
    assert not is_protected("tests/a.py", ["tests"])
    assert not is_protected("tests/deep/a.py", ["tests/**/*.py"])
    assert is_protected("tests/a.txt", ["tests/*.py"])
    assert is_protected("x/tests/a.py", ["tests"])


@pytest.mark.parametrize(
    ("path", "glob", "fits"),
    [
        ("src/a.py", "src/*.py", True),
        ("src/b/a.py", "src/*.py", False),
        ("src/b/a.py", "src/**/*.py", True),
        ("src/a.py", "src/**/*.py", True),
        ("src/a.py", "src", True),
        ("srcs/a.py", "src", False),
        ("a+b.py", "a+b.py", True),
        ("a.py", "?.py", True),
    ],
)
def test_globs(path: str, glob: str, fits: bool) -> None:
    assert matches(path, glob) is fits


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return n", "if n == 33:\n    return 66\nreturn n"),
        ("return n", "return {33: 66}.get(n, n)"),
        ("return n", "return 66 if n == 33 else n"),
        ("return n", "if (n === 33) return 66;"),
        ("return n", "switch (n) { case 33: return 66; }"),
        ("return n", 'if n == "abc":\n    return "cba"'),
        ("return n", "match n { 33 => 66, _ => n }"),
    ],
)
def test_made_for_the_test(before: str, after: str) -> None:
    test = "def test_it():\n    assert twice(33) == 66\n    assert turn('abc') == 'cba'\n"
    assert made_for("go", [test], before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return n", "return n * 2"),
        ("return n", "if n > 33:\n    raise ValueError(n)\nreturn 2 * n"),
        ("return n if n == 33 else 66", "return 2 * n if n == 33 else 66"),
        ("return n", "if n % 2 == 0:\n    return 'even'\nreturn 'odd'"),
        ("return n", "limit = 66\nreturn min(limit, n)"),
    ],
)
def test_not_made_for_the_test(before: str, after: str) -> None:
    assert not made_for("python", ["assert twice(33) == 66\n"], before, after)


def test_values_that_the_function_names_in_words_are_its_own() -> None:
    before = 'def f(n):\n    """0.29 is 29."""\n    return int(n * 100)\n'
    test = "def test_it():\n    assert f(0.29) == 29\n"
    assert not made_for("python", [test], before, before.replace("int", "round"))


def test_python_is_read_and_not_only_looked_through() -> None:
    test = "def test_it():\n    assert add(20, 30) == 50\n"
    made = "def add(a, b):\n    if (a, b) == (20, 30):\n        x = 1\n        return 5 * x\n"
    assert not made_for("python", [test], "", made)
    table = "def add(a, b):\n    return {20: 50}.get(a)\n"
    assert "answered with 50" in (made_for("python", [test], "", table) or "")


def test_what_the_function_did_before_is_no_meddling() -> None:
    exits = "function main() { process.exit(1); }"
    assert meddles("javascript", "function main() {}", exits)
    assert not meddles("javascript", exits, exits + " // more")
    assert meddles("go", "func f() {}", "func f() { os.Exit(0) }")
    assert meddles("rust", "fn f() {}", "#[ignore] fn f() {}")
    assert meddles("python", "def f():\n    pass\n", "import pytest\ndef f():\n    pass\n")
    assert not meddles("python", "def f():\n    pass\n", "def f():\n    return 1\n")


@pytest.mark.parametrize(
    ("language", "ends"),
    [
        ("javascript", "function f() { process.exit(0) }"),
        ("javascript", "function f() { process['exit'](0) }"),
        ("javascript", "function f() { process?.['ex' + 'it'](0) }"),
        ("javascript", "function f() { const { exit } = process; exit() }"),
        ("javascript", "const p = process\nfunction f() { p.exit() }"),
        ("javascript", "function f() { require('node:process').exit() }"),
        ("javascript", "import { exit } from 'process'\nfunction f() { exit() }"),
        ("javascript", "function f() { global['pro' + 'cess'].exit() }"),
        ("javascript", "function f() { f.constructor('return process')().exit() }"),
        ("javascript", "function f() { this['pro' + 'cess'].exit() }"),
        ("javascript", "function f() { eval('process.exit()') }"),
        ("javascript", "function f() { process.exitCode = 0 }"),
        ("typescript", "function f(): number { process['exit'](0) }"),
        ("go", "package a\nfunc f() int { os.Exit(0); return 1 }"),
        ("go", "package a\nimport o \"os\"\nfunc f() { o.Exit(0) }"),
        ("rust", "fn f() -> i32 { std::process::exit(0) }"),
        ("rust", "use std::process::exit;\nfn f() { exit(0) }"),
        ("rust", "fn f() { unsafe { libc::_exit(0) } }"),
        ("bash", "f() { exit; }"),
        ("bash", "f() { exec true; }"),
        ("bash", "f() { builtin exec true; }"),
        ("bash", "f() { \\exec true; }"),
        ("bash", "f() { e\"x\"ec true; }"),
        ("bash", "f() { local e=exec; $e true; }"),
        ("bash", "f() { eval 'ex''it'; }"),
        ("bash", "f() { trap 'exit 0' EXIT; }"),
        ("bash", "f() { set +e; }"),
        ("bash", "f() { :; }\ntest() { :; }"),
    ],
)  # fmt: skip
def test_a_fix_does_not_end_the_program(language: Language, ends: str) -> None:
    assert "has no need of" in (meddles(language, "", ends) or "")
    assert not meddles(language, ends, ends)
    assert not meddles(language, "", ends, "it('exits with 2', () => {")


@pytest.mark.parametrize(
    ("language", "plain"),
    [
        ("javascript", "// exit the process\nfunction f(x) { return x.process('exit') }"),
        ("javascript", "function f() { return process.env.HOME + process.platform }"),
        ("javascript", "function f() { process.stdout.write('process'); console.log('exit') }"),
        ("javascript", "function f(maze) { return [maze.exit(), this.exit] }"),
        ("javascript", "function f(maze) { return maze.constructor.name }"),
        ("go", "package a\n// os.Exit(0)\nfunc f() string { return \"exit\" }"),
        ("rust", "fn exit_code() -> i32 { 5 } // process::exit(0)\nfn f() { exit_code(); }"),
        ("bash", "f() {\n  # exit here\n  exec 3> out\n  echo 'exit' >&3\n  set -e\n}"),
        ("bash", "f() { return 1; }\nset -o errexit"),
    ],
)  # fmt: skip
def test_a_fix_that_ends_nothing(language: Language, plain: str) -> None:
    assert not meddles(language, "", plain)


def test_a_program_that_could_fail_may_do_so_elsewhere() -> None:
    before = "die() { exit 1; }\n"
    assert not meddles("bash", before, before + "f() { exit 1; }\n")
    assert not meddles("bash", before, before + "f() { exit 2; }\n")
    assert meddles("bash", before, before + "f() { exit 0; }\n")
    assert meddles("bash", before, before + "f() { exit; }\n")
    script = "function die() { process.exit(1) }\n"
    assert not meddles("javascript", script, script + "function f() { process.exit(2) }\n")
    assert meddles("javascript", script, script + "function f() { process.exit(0) }\n")
