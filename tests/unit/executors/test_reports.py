"""Reports of tests: what runners write is understood, what anybody else writes does no harm."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from executors.projects.cases import FAILURES_SHOWN, Case, Report, report_of
from executors.projects.junit import place_in, read_junit
from executors.projects.test_output import go_text, read_cargo, read_go, read_jest, read_tap
from ygg.errors import BadInput

FOLDER = Path("/w")


def report(*cases: Case) -> Report:
    return report_of(cases, 1.5, FOLDER)


def test_a_report_counts_and_names_what_failed() -> None:
    found = report(Case("a"), *(Case(f"b{n}", "failed") for n in range(4)), Case("c", "skipped"))
    assert found.reason() == "4 of 5 tests failed: b0, b1, b2 and 1 more"
    assert found.as_data() | {"failures": []} == {
        "passed": 1,
        "failed": 4,
        "errors": 0,
        "skipped": 1,
        "duration_seconds": 1.5,
        "failures": [],
        "failures_left_out": 0,
    }
    assert report(Case("a")).reason() == ""
    assert report(Case("a", "error")).reason() == "1 of 1 test failed: a"


def test_a_report_stays_small() -> None:
    found = report(*(Case("n" * 9000, "failed", detail="d" * 99_999) for _ in range(500)))
    assert len(json.dumps(found.as_data())) < 60_000
    assert found.as_data()["failures_left_out"] == 500 - FAILURES_SHOWN


def test_files_are_named_as_from_the_project() -> None:
    assert report(Case("a", file="/w/src/a.js")).cases[0].file == "src/a.js"


@given(st.text(), st.text(), st.text())
def test_whatever_is_said_the_xml_can_be_read(name: str, message: str, detail: str) -> None:
    found = report(Case(name, "failed", group=name, message=message, detail=detail, file=name))
    suite = ElementTree.fromstring(found.as_junit("x")).find("testsuite")  # noqa: S314
    assert suite is not None
    assert len(suite.findall("testcase/failure")) == 1
    again = list(read_junit(found.as_junit("x")))
    assert [(case.ended, case.detail) for case in again] == [
        ("failed", found.cases[0].detail.replace("\r\n", "\n").replace("\r", "\n"))
    ]


PYTEST = """<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="1" tests="3" time="0.1">
<testcase classname="tests.test_a" name="test_ok" file="tests/test_a.py" line="2" time="0.5" />
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py" line="6" time="0.001">
<failure message="assert 1 == 2">def test_bad():
&gt;       assert 1 == 2
E       assert 1 == 2

tests/test_a.py:8: AssertionError</failure></testcase>
<testcase classname="" name="test_b" file="test_b.py" time="0.0">
<error message="collection failure">test_b.py:1: in &lt;module&gt;
    import nothing
E   ModuleNotFoundError: No module named 'nothing'</error></testcase>
</testsuite></testsuites>"""


def test_what_pytest_writes() -> None:
    ok, bad, broken = read_junit(PYTEST.encode())
    assert (ok.ended, ok.group, ok.seconds, ok.line) == ("passed", "tests.test_a", 0.5, 3)
    assert (bad.ended, bad.message, bad.file, bad.line) == (
        *("failed", "assert 1 == 2", "tests/test_a.py", 8),
    )
    assert (broken.ended, broken.group) == ("error", "pytest")
    assert broken.message == "ModuleNotFoundError: No module named 'nothing'"


def test_what_node_writes_in_suites_of_suites() -> None:
    xml = (
        '<testsuites><testsuite name="sums"><testsuite name="small">'
        '<testcase name="adds" classname="test"><failure message="2 == 3">'
        "at Test.run (/w/a.test.js:2:70)</failure></testcase>"
        "</testsuite></testsuite></testsuites>"
    )
    (case,) = read_junit(xml.encode())
    assert (case.group, case.file, case.line) == ("sums small", "/w/a.test.js", 2)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("a.py:1: in f\nb.py:22: AssertionError", ("b.py", 22)),
        ("    at C.f (test/a.js:2:73)\n    at g (node:internal:4:21)", ("test/a.js", 2)),
        ("\n \u276f a.test.js:2:82\n", ("a.test.js", 2)),
        (" \u276f helper src/b.ts:7:1", ("src/b.ts", 7)),
        ("nowhere", ("", None)),
    ],
)
def test_the_place_of_a_failure(said: str, place: tuple[str, int | None]) -> None:
    assert place_in(said) == place


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(10))
    return f'<!DOCTYPE t [<!ENTITY l0 "ha">{entities}]><testsuite>&l10;</testsuite>'.encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_laughs(), "document type"),
        (b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><t>&x;</t>', "document type"),
        (b'<!DOCTYPE t SYSTEM "http://127.0.0.1/x.dtd"><t/>', "document type"),
        (b"<a>" * 1000, "nested"),
        (b"", "no XML"),
        (b"\x00\xff\xfe" * 100, "no XML"),
        (b"<testsuite><testcase name='x'>", "no XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><a/>", "be read|no XML"),
        (b"<t>" + b"<testcase name='x'/>" * 100_001 + b"</t>", "more than"),
    ],
)
def test_a_report_that_means_harm_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        list(read_junit(content))


def test_numbers_in_a_report_may_be_anything() -> None:
    for value in ("nan", "inf", "-1", "x", "1e400", "9" * 5000, "²"):
        xml = f'<t><testcase name="a" time="{value}" line="{value}"/></t>'
        (case,) = read_junit(xml.encode())
        assert (case.seconds, case.line) == (0.0, None)


@settings(max_examples=300)
@given(st.integers(0, len(PYTEST)), st.binary(max_size=5), st.integers(0, 20))
def test_a_damaged_report_is_refused_or_read(at: int, instead: bytes, length: int) -> None:
    content = PYTEST.encode()
    with suppress(BadInput):
        for case in read_junit(content[:at] + instead + content[at + length :]):
            case.bounded()


def _event(**values: object) -> str:
    return json.dumps({key.capitalize(): value for key, value in values.items()})


GO = "\n".join(
    [
        _event(action="start", package="x"),
        _event(action="run", package="x", test="TestA"),
        _event(action="run", package="x", test="TestA/one"),
        _event(action="output", package="x", test="TestA/one", output="    a_test.go:4: got 3\n"),
        _event(action="fail", package="x", test="TestA/one", elapsed=0.25),
        _event(action="fail", package="x", test="TestA", elapsed=0.3),
        _event(action="skip", package="x", test="TestB"),
        _event(action="run", package="x", test="TestEnds"),
        _event(action="fail", package="x"),
        "go: not JSON",
        '{"ImportPath":"y [y.test]","Action":"build-output","Output":"y/b.go:2:23: bad\\n"}',
        '{"ImportPath":"y [y.test]","Action":"build-fail"}',
    ]
)


def test_what_go_writes() -> None:
    one, skipped, unended, package = read_go(GO)
    assert (one.name, one.ended, one.file, one.line) == ("TestA/one", "failed", "a_test.go", 4)
    assert (one.message, one.seconds) == ("got 3", 0.25)
    assert skipped.ended == "skipped"
    assert (unended.ended, unended.message) == ("error", "it did not end")
    assert (package.name, package.ended, package.message) == ("y", "error", "bad")
    assert go_text(GO).startswith("    a_test.go:4: got 3\n")


CARGO = """
running 3 tests
test tests::later ... ignored, not now
test tests::panics - should panic ... ok
test tests::bad ... FAILED

failures:

---- tests::bad stdout ----

thread 'tests::bad' (12) panicked at src/lib.rs:8:24:
assertion `left == right` failed: math
  left: 2

failures:
    tests::bad

test src/lib.rs - add (line 1) ... ok
"""


def test_what_cargo_writes() -> None:
    later, panics, bad, documented = read_cargo(CARGO)
    assert (later.ended, panics.ended, documented.ended) == ("skipped", "passed", "passed")
    assert panics.name == "tests::panics"
    assert (bad.message, bad.file, bad.line) == (
        *("assertion `left == right` failed: math", "src/lib.rs", 8),
    )


def test_what_an_older_cargo_writes() -> None:
    text = CARGO.replace(
        "panicked at src/lib.rs:8:24:\nassertion", "panicked at 'math', src/lib.rs:8:24\nassertion"
    )
    assert (read_cargo(text)[2].message, read_cargo(text)[2].line) == ("math", 8)


def test_tap() -> None:
    text = "TAP version 13\n1..4\nok 1 - a\nnot ok 2 - b\n  ok 1 - in b\nok 3 # SKIP later\nokay\n"
    assert [(case.name, case.ended) for case in read_tap(text)] == [
        *(("a", "passed"), ("b", "failed"), ("in b", "passed"), ("test 4", "skipped")),
    ]


def test_what_jest_writes() -> None:
    test = {
        "title": "bad",
        "ancestorTitles": ["sums"],
        "status": "failed",
        "duration": 3,
        "failureMessages": ["Error: no\n    at Object.toBe (/w/a.test.js:1:82)"],
    }
    broken = {"name": "/w/b.js", "status": "failed", "message": "oh", "assertionResults": []}
    files = [{"name": "/w/a.test.js", "assertionResults": [test]}, broken]
    bad, error = read_jest(json.dumps({"testResults": files}))
    assert (bad.group, bad.message, bad.line, bad.seconds) == ("sums", "Error: no", 1, 0.003)
    assert (error.ended, error.detail) == ("error", "oh")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["testResults", "assertionResults", "title", "name", "Action", "Test"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
)


@settings(max_examples=300)
@given(json_values, st.text())
def test_nonsense_from_a_runner_is_no_surprise(value: object, text: str) -> None:
    line = json.dumps(value)
    with suppress(ValueError):
        read_jest(line)
    for read in (read_go, read_cargo, read_tap):
        report(*read(f"{line}\n{text}\ntest {text} ... ok\nok 1 {text}")).as_junit("x")


def test_deep_json_is_no_surprise() -> None:
    with pytest.raises(ValueError, match="jest"):
        read_jest('{"testResults":' + "[" * 100_000)
    assert read_go("{" + '"a":[' * 100_000) == []
