"""Where a diagnostic lies, what stands there afterwards, and what silences a linter."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from code_agent.languages.difference import changed_functions, differences, without_body
from code_agent.languages.which import Language
from code_agent.linting.mending import worse
from code_agent.linting.places import place_of, replaced
from code_agent.linting.suppressions import added
from code_agent.python.source import is_python
from code_agent.unusable import Unusable
from executors.projects.diagnostics import Diagnostic

SOURCE = """import os, sys
a = 1; b = 2

@mark
def one(x):
    def inner():
        return x
    return inner

class Stack:
    size = 1
    items = (
        1,
    )

    def pop(self):
        return 1

if a:
    c = 3
else:
    d = 4
def twice(): pass
def twice(): return 1
"""


@pytest.mark.parametrize(
    ("line", "name", "first", "last"),
    [
        (1, "", 1, 1),
        (2, "", 2, 2),
        (4, "one", 4, 8),
        (7, "one", 4, 8),
        (11, "", 11, 11),
        (13, "", 12, 14),
        (17, "Stack.pop", 16, 17),
        (20, "", 20, 20),
        (22, "", 22, 22),
        (19, "", 19, 22),
        (23, "", 23, 23),
    ],
)
def test_a_place_is_the_function_or_the_smallest_statement(
    line: int, name: str, first: int, last: int
) -> None:
    found = place_of("f.py", SOURCE, line, "python")
    assert found is not None
    assert (found.name, found.first_line, found.last_line) == (name, first, last)


@pytest.mark.parametrize("line", [0, 3, 99])
def test_what_is_in_no_statement_has_no_place(line: int) -> None:
    assert place_of("f.py", SOURCE, line, "python") is None
    assert place_of("f.py", "def f(:\n", 1, "python") is None


def made(line: int, answer: str, source: str = SOURCE) -> str:
    place = place_of("f.py", source, line, "python")
    assert place is not None
    return replaced(source, place, answer)


def test_statements_are_put_where_those_before_stood() -> None:
    assert made(2, "a = 1\nb = 2\n") == SOURCE.replace("a = 1; b = 2", "a = 1\nb = 2")
    assert made(13, "items = [\n  1,\n]") == SOURCE.replace(
        "items = (\n        1,\n    )", "items = [\n      1,\n    ]"
    )
    assert made(20, "c = 5", SOURCE.replace("\n", "\r\n")) == SOURCE.replace(
        "c = 3", "c = 5"
    ).replace("\n", "\r\n")


def test_pass_takes_them_away_where_something_is_left() -> None:
    assert made(11, "pass") == SOURCE.replace("    size = 1\n", "")
    with pytest.raises(Unusable, match="does not fit"):
        made(20, "pass")


@pytest.mark.parametrize("answer", ["if a:", "a = (1,", "x = '''", "return (", "a\n" * 50])
def test_an_answer_that_would_take_more_than_its_lines_is_refused(answer: str) -> None:
    with pytest.raises(Unusable):
        made(2, answer)


@given(st.sampled_from([1, 2, 11, 20]), st.text(alphabet="ab=1 \n():'\"\\#pas", max_size=30))
def test_whatever_is_answered_all_other_lines_stay(line: int, answer: str) -> None:
    try:
        text = made(line, answer)
    except Unusable:
        assume(False)
        return
    lines, found = SOURCE.splitlines(), text.splitlines()
    assert found[: line - 1] == lines[: line - 1]
    after = lines[line:]
    assert found[len(found) - len(after) :] == after
    assert is_python(text)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("python", "x = 1  # noqa"),
        ("python", "x = 1  # NOQA:E501"),
        ("python", "x = 1  # type:ignore[assignment]"),
        ("python", "# ruff: noqa"),
        ("python", "# mypy: ignore-errors"),
        ("python", "# pylint: disable=all"),
        ("python", "x = 1  # nosec"),
        ("python", "# fmt: off"),
        ("python", "@typing.no_type_check\ndef f(): pass"),
        ("javascript", "x = 1 // eslint-disable-line"),
        ("javascript", "/* eslint no-undef: 0 */"),
        ("javascript", "/* global x */"),
        ("typescript", "// @ts-expect-error"),
        ("go", "//nolint:all"),
        ("go", "//lint:ignore SA1 because"),
        ("rust", "#[allow(dead_code)]"),
        ("rust", "#![allow(warnings)]"),
        ("rust", "#[cfg_attr(all(), allow(unused))]"),
        ("bash", "# shellcheck disable=SC2086"),
    ],
)
def test_what_silences_a_linter_is_seen(language: Language, line: str) -> None:
    assert added("", f"{line}\n", language)
    assert not added(f"{line}\n", f"\n\n{line}\n", language)
    assert added(f"{line}\n", f"{line}\n{line}\n", language)


def test_a_wider_suppression_is_a_new_one() -> None:
    assert added("x = 1  # noqa: E501\n", "x = 1  # noqa\n", "python")


def test_a_string_that_speaks_of_it_silences_nothing() -> None:
    assert not added("", 'x = "# noqa"\n', "python")
    assert added("", "x = (  # noqa\n", "python")


def diagnostic(code: str, line: int = 1, file: str = "f.py") -> Diagnostic:
    return Diagnostic(file, line, 1, code, "so")


def test_what_moved_is_not_new() -> None:
    assert not worse([diagnostic("A", 3)], [diagnostic("A", 30)])
    assert worse([diagnostic("A", 3)], [diagnostic("A", 3), diagnostic("A", 4)])
    assert worse([diagnostic("A")], [diagnostic("A", file="g.py")])


def test_the_target_must_go() -> None:
    one, other = diagnostic("A", 3), diagnostic("A", 9)
    assert worse([one, other], [one, other], one) == ["still there: f.py:3:1: A so"]
    assert not worse([one, other], [other], one)
    assert worse([one], [diagnostic("B")], one) == ["new: f.py:1:1: B so"]


@pytest.mark.parametrize(
    ("path", "before", "after", "same"),
    [
        ("f.py", "x=(1)\n", "x = 1  # one\n", True),
        ("f.py", "x = 1\n", "x = 2\n", False),
        ("f.py", "x = 1\n", "x = (\n", False),
        ("f.go", "package a\nfunc f(){}\n", "package a\n\n// f\nfunc f() {\n}\n", True),
        ("f.go", "package a\nvar x = 1\n", "package a\nvar x = 2\n", False),
        ("f.js", "return_(x);\n", "return_(\n  x\n);\n", True),
        ("f.js", "function f() { return 1 }\n", "function f() { return\n1 }\n", False),
        ("f.unknown", "a", "b", False),
    ],
)
def test_only_the_tree_counts(path: str, before: str, after: str, same: bool) -> None:
    assert (not differences({path: before}, {path: after})) is same
    assert not differences({path: before}, {path: before})


def test_functions_that_changed_are_told_and_can_be_emptied() -> None:
    after = textwrap.dedent(SOURCE).replace("return 1\n\nif", "return 2\n\nif")
    assert changed_functions(SOURCE, after) == ["Stack.pop"]
    emptied = without_body(after, "Stack.pop")
    assert emptied == after.replace("return 2", "raise NotImplementedError()")
