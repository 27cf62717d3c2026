"""`dev-test` through a real worker, with the real runners, on projects made here."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ElementTree

import pytest

from tests.integration.executors.harness import ExecutorProcess
from tests.integration.executors.projects import archive, data, kept, require, work
from ygg.task import Ending, Outcome

PYTHON = {
    "pkg/sums.py": "def add(a, b):\n    return a + b\n",
    "tests/test_sums.py": (
        "import pytest\n\n"
        "def test_good():\n    assert 1 + 1 == 2\n\n"
        "def test_bad():\n    assert 1 + 1 == 3\n\n"
        "@pytest.mark.skip\ndef test_later():\n    pass\n"
    ),
}
GO = {
    "go.mod": "module sums\n\ngo 1.21\n",
    "sums_test.go": (
        'package sums\n\nimport "testing"\n\n'
        "func TestGood(t *testing.T) {}\n\n"
        "func TestParts(t *testing.T) {\n"
        '\tt.Run("one", func(t *testing.T) {})\n'
        '\tt.Run("two", func(t *testing.T) { t.Errorf("got %d", 3) })\n}\n'
    ),
}
CARGO = {
    "Cargo.toml": '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/lib.rs": (
        "#[cfg(test)]\nmod tests {\n"
        "    #[test]\n    fn good() {}\n"
        '    #[test]\n    fn bad() { assert_eq!(1 + 1, 3, "math"); }\n}\n'
    ),
}
NODE = {
    "package.json": '{"name": "sums", "scripts": {"test": "node --test"}}',
    "sums.test.js": (
        "const test = require('node:test'); const assert = require('assert');\n"
        "test('good', () => {});\n"
        "test('bad', () => assert.equal(1 + 1, 3));\n"
    ),
}


def ran(shared: ExecutorProcess, files: dict[str, str], **params: object) -> Outcome:
    task = work("dev-test", files, **params)
    shared.send(task)
    return shared.outcome(task, 100)


def junit(outcome: Outcome) -> ElementTree.Element:
    found = next(one for one in outcome.artifacts if one.path == "junit.xml")
    return ElementTree.fromstring(base64.b64decode(found.blob.inline_base64 or ""))  # noqa: S314


def test_pytest_is_found_run_and_understood(shared: ExecutorProcess) -> None:
    outcome = ran(shared, PYTHON)
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "1 of 2 tests failed: test_bad"
    assert outcome.hint == "tests/test_sums.py:7: assert (1 + 1) == 3"
    result = data(outcome)
    assert (result["runner"], result["passed"], result["failed"]) == ("pytest", 1, 1)
    assert (result["errors"], result["skipped"]) == (0, 1)
    assert result["failures"] == [
        {
            "name": "test_bad",
            "group": "tests.test_sums",
            "file": "tests/test_sums.py",
            "line": 7,
            "message": "assert (1 + 1) == 3",
        }
    ]
    suite = junit(outcome).find("testsuite")
    assert suite is not None
    assert suite.attrib["failures"] == "1"
    assert len(suite.findall("testcase")) == 3


def test_well_is_well_and_args_reach_the_runner(shared: ExecutorProcess) -> None:
    outcome = ran(shared, PYTHON, args=["-k", "good"])
    assert outcome.ending is Ending.OK, outcome
    assert data(outcome)["passed"] == 1
    assert list(kept(outcome)) == ["junit.xml"]


def test_no_tests_is_a_failure(shared: ExecutorProcess) -> None:
    outcome = ran(shared, {"test_none.py": "x = 1\n"})
    assert (outcome.ending, outcome.reason) == (Ending.ERROR, "no tests were found")


def test_a_folder_that_says_nothing_is_named(shared: ExecutorProcess) -> None:
    outcome = ran(shared, {"readme": "hello"})
    assert outcome.reason == "nothing here says how it is tested"


def test_what_cannot_be_imported_is_an_error(shared: ExecutorProcess) -> None:
    outcome = ran(shared, {"test_x.py": "import no_such_module\n"})
    assert outcome.reason == "1 of 1 test failed: test_x"
    assert data(outcome)["errors"] == 1
    assert "no_such_module" in str(data(outcome)["failures"])


@pytest.mark.slow
def test_go(shared: ExecutorProcess) -> None:
    require("go", "install Go")
    # In the sandbox go builds its library anew, and C is a third of that.
    outcome = ran(shared, GO, env={"CGO_ENABLED": "0"})
    assert outcome.reason == "1 of 3 tests failed: TestParts/two", outcome
    assert outcome.hint == "sums_test.go:9: got 3"
    assert junit(outcome).find("testsuite") is not None


def test_cargo(shared: ExecutorProcess) -> None:
    require("cargo", "install Rust")
    outcome = ran(shared, CARGO)
    assert outcome.reason == "1 of 2 tests failed: tests::bad", outcome
    assert outcome.hint == "src/lib.rs:6: assertion `left == right` failed: math"


def test_npm_with_node(shared: ExecutorProcess) -> None:
    require("npm", "install Node.js")
    outcome = ran(shared, NODE)
    assert outcome.reason == "1 of 2 tests failed: bad", outcome
    assert data(outcome)["runner"] == "npm"
    assert "sums.test.js:3" in outcome.hint


def test_make_and_its_lines(shared: ExecutorProcess) -> None:
    require("make", "apt-get install make")
    tap = "test:\n\t@echo 'ok 1 - good'; echo 'not ok 2 - bad'; exit 1\n"
    outcome = ran(shared, {"Makefile": tap})
    assert outcome.reason == "1 of 2 tests failed: bad"
    silent = ran(shared, {"Makefile": "check:\n\t@echo fine\n"})
    assert silent.ending is Ending.OK
    assert data(silent)["passed"] == 1
    broken = ran(shared, {"Makefile": "test:\n\t@echo broken >&2; exit 3\n"})
    assert broken.reason == "make: exit code 2 before any test was reported"


def test_a_runner_can_be_chosen(shared: ExecutorProcess) -> None:
    outcome = ran(shared, PYTHON | {"Makefile": "test:\n\t@true\n"}, runner="make")
    assert data(outcome)["runner"] == "make"


def test_a_project_in_an_archive(shared: ExecutorProcess) -> None:
    task = work(
        "dev-test",
        {"p.tgz": archive({f"p/{name}": text for name, text in PYTHON.items()})},
        unpack=["p.tgz"],
        path="p",
    )
    shared.send(task)
    assert shared.outcome(task, 60).reason == "1 of 2 tests failed: test_bad"


def test_a_bomb_is_refused(shared: ExecutorProcess) -> None:
    task = work("dev-test", {"p.tgz": archive({"../out": "x"})}, unpack=["p.tgz"])
    shared.send(task)
    assert shared.outcome(task).reason == "p.tgz: ../out leads out of the folder"


# What a hostile project might do


def test_one_that_kills_its_runner(shared: ExecutorProcess) -> None:
    code = "import os, signal\ndef test_x():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    outcome = ran(shared, {"test_x.py": code})
    assert outcome.ending is Ending.ERROR
    assert "before any test was reported" in outcome.reason
    assert junit(outcome).findall(".//error")


def test_one_that_writes_its_own_report(shared: ExecutorProcess) -> None:
    bomb = '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/>'
    for report in (bomb.encode(), b"\x00\xff" * 1000, b"<a>" * 100_000):
        code = (
            "import atexit\n"
            f"atexit.register(lambda: open('junit.xml', 'wb').write({report[:300]!r} * 300))\n"
            "def test_x():\n    pass\n"
        )
        outcome = ran(shared, {"test_x.py": code})
        assert outcome.ending is Ending.ERROR
        assert "of no use" in outcome.warnings[0]
        assert b"ENTITY" not in ElementTree.tostring(junit(outcome))


def test_one_that_puts_a_link_where_the_report_goes(shared: ExecutorProcess) -> None:
    code = (
        "import atexit, os\n"
        "def swap():\n    os.unlink('junit.xml'); os.symlink('/etc/passwd', 'junit.xml')\n"
        "atexit.register(swap)\ndef test_x():\n    pass\n"
    )
    outcome = ran(shared, {"test_x.py": code})
    assert "is a link" in outcome.warnings[0]
    assert b"root" not in ElementTree.tostring(junit(outcome))


def test_one_that_prints_without_end(shared: ExecutorProcess) -> None:
    code = "def test_x():\n    for _ in range(300):\n        print('x' * 100_000)\n"
    outcome = ran(shared, {"test_x.py": code}, args=["-s"])
    assert outcome.ending is Ending.OK, outcome
    assert outcome.log.dropped_bytes > 0


@pytest.mark.parametrize(
    "package", ["[" * 100_000, "[]", '{"scripts": 3}', '{"scripts": {"test": 1}}']
)
def test_one_whose_package_is_nonsense(shared: ExecutorProcess, package: str) -> None:
    outcome = ran(shared, {"package.json": package})
    assert outcome.reason == "nothing here says how it is tested"


def test_a_report_that_was_there_before_is_not_taken_for_these_tests(
    shared: ExecutorProcess,
) -> None:
    """It may be of others: pytest writes none if it does not even begin."""
    stale = '<testsuite><testcase name="test_of_yesterday"/></testsuite>'
    outcome = ran(shared, PYTHON | {"junit.xml": stale}, args=["--no-such-option"])
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "pytest: exit code 4 before any test was reported"
    assert data(outcome)["passed"] == 0
    assert "test_of_yesterday" not in ElementTree.tostring(junit(outcome), "unicode")
