"""What is shown of code under review, and what is left of what a model says about it."""

from __future__ import annotations

import ast
import difflib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.reviewing.demonstration import Claim, call_of, claim_of, names_error
from code_agent.reviewing.diffs import FileDiff, read_diff
from code_agent.reviewing.findings import Finding, merged, read_findings
from code_agent.reviewing.machines import Said, confirmed
from code_agent.reviewing.pieces import (
    MOST_CHARACTERS,
    MOST_LINES,
    Piece,
    Shown,
    pieces_of_diff,
    pieces_of_file,
)
from code_agent.unusable import Unusable
from executors.projects.diagnostics import Diagnostic
from ygg.errors import BadInput

LINES = st.lists(st.sampled_from(["a", "b", "", " c", "-- x", "++ y", "@@ -1 +1 @@"]), max_size=12)


def diff_between(before: list[str], after: list[str], path: str = "f.txt") -> str:
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}", n=1, lineterm="")
    return "\n".join(lines) + "\n"


@given(LINES, LINES)
def test_a_diff_gives_the_file_afterwards(before: list[str], after: list[str]) -> None:
    text = diff_between(before, after)
    if before == after:
        return
    [found] = read_diff(text)
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    # It may be that what is new stands there by chance.
    assert found.applied(old) in (new, old)
    assert found.applied(new) == new


@given(LINES, LINES)
def test_its_pieces_hold_lines_as_they_are_afterwards(before: list[str], after: list[str]) -> None:
    if before == after:
        return
    [found] = read_diff(diff_between(before, after))
    for piece in pieces_of_diff(found):
        assert all(after[number - 1] == text for number, text in piece.numbered.items())
        assert piece.added <= piece.numbered.keys()


@given(st.text(max_size=300) | st.from_regex(r"--- a\n\+\+\+ b\n@@ -\d,\d \+\d,\d @@\n[-+ a\n]*"))
def test_any_text_is_a_diff_or_is_refused(text: str) -> None:
    try:
        found = read_diff(text)
    except BadInput:
        return
    assert all(isinstance(one, FileDiff) and ".." not in one.path.split("/") for one in found)


def test_names_are_read_as_git_and_diff_write_them() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    text = (
        f'--- "a/caf\\303\\251 \\"x\\".py"\n+++ "b/caf\\303\\251 \\"x\\".py"\n{hunk}'
        f"--- old.py\t2024-01-01\n+++ new.py\t2024-01-02\n{hunk}"
        f"--- /dev/null\n+++ b/made.py\n@@ -0,0 +1 @@\n+b\n\\ No newline at end of file\n"
    )
    assert [(one.path, one.is_new) for one in read_diff(text)] == [
        ('café "x".py', False),
        ("new.py", False),
        ("made.py", True),
    ]


@given(st.text(alphabet="def f():x\n \t#", max_size=400))
def test_all_lines_of_a_file_are_in_its_pieces_once(text: str) -> None:
    pieces = pieces_of_file("f.py", text, "python")
    numbers = [number for piece in pieces for number in piece.numbered]
    assert len(numbers) == len(set(numbers))
    lines = text.split("\n")
    assert {number for number, line in enumerate(lines, 1) if line.strip()} <= set(numbers)


def test_pieces_are_bounded() -> None:
    text = "x = 1\n" * 500 + "y = '" + "z" * 100_000 + "'\n"
    for piece in pieces_of_file("f.py", text, "python"):
        assert len(piece.lines) <= MOST_LINES
        assert len(piece.as_text()) <= MOST_CHARACTERS + MOST_LINES


PIECE = Piece(
    "f.py", tuple(Shown(text, 10 + at) for at, text in enumerate(["def f(n):", "  go(n)"]))
)


def told(**other: object) -> str:
    one = {"line": 11, "quote": "go(n)", "severity": "note", "message": "odd"} | other
    return json.dumps({"findings": [one]})


@pytest.mark.parametrize(
    "quote", ["go(n)", "  go(n)  ", "`go(n)`", "   11 | go(n)", "11: go(n)", "def f(n):\n\n  go(n)"]
)
def test_a_quote_is_found_however_it_is_written(quote: str) -> None:
    [one] = read_findings(told(quote=quote, line=99), PIECE).findings
    assert one.line == (10 if quote.startswith("def") else 11)
    assert one.quote in PIECE.numbered[one.line]


@pytest.mark.parametrize("quote", ["", "n", "(n)", "go(m)", "go(n)\ndef f(n):", "|", "11"])
def test_a_quote_that_says_no_line_is_none(quote: str) -> None:
    assert not read_findings(told(quote=quote), PIECE).findings


@given(st.text(max_size=40), st.text(max_size=20), st.integers())
def test_whatever_is_kept_stands_there(message: str, quote: str, line: int) -> None:
    try:
        placed = read_findings(told(message=message, quote=quote, line=line), PIECE)
    except Unusable:
        return
    for one in placed.findings:
        assert one.quote == PIECE.numbered[one.line].strip()
        assert one.message.isprintable()
        assert not one.proven


def test_of_those_alike_the_proven_is_kept() -> None:
    loose = Finding("f.py", 3, "x", "error", "The name total is not defined here")
    sure = Finding("f.py", 3, "x", "error", "name total is not defined here", True, "ruff", "F821")
    other = Finding("f.py", 1, "x", "note", "name total is not defined here")
    assert merged([loose, sure, other]) == [other, sure]


UNUSED = ("F841", "Local variable `count` is assigned to but never used")
INJECTION = ("S608", "Possible SQL injection vector through string-based query construction")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("The variable `count` is never used", UNUSED),
        ("count is assigned but unused", UNUSED),
        ("value is not defined", ("F821", "Undefined name `value`")),
        ("`os` is an unused import", ("F401", "`os` imported but unused")),
        ("Possible SQL injection", INJECTION),
    ],
)
def test_what_a_machine_says_too_is_told_in_its_words(message: str, said: tuple[str, str]) -> None:
    [one] = confirmed(
        [Finding("a.py", 3, "count = 1", "error", message)],
        [Said("ruff", Diagnostic("a.py", 3, 1, *said))],
    )
    assert (one.proven, one.by, one.message) == (True, "ruff", " ".join(said))
    assert one.remark == message


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("The unused loop counter leaks the user's password to the log", UNUSED),
        ("`count` is used before a lock is taken: a data race", UNUSED),
        ("`count` is wrong", UNUSED),
        ("This import enables remote code execution", ("F401", "`os` imported but unused")),
        ("SQL injection possible: the query is built from input", ("S324", "Insecure hash `md5`")),
        ("Possible division by zero here", INJECTION),
        ("Insecure: possible path traversal through `name`", INJECTION),
        (
            "Missing timeout argument makes this a race condition",
            ("B006", "Do not use mutable data structures for argument defaults"),
        ),
    ],
)
def test_another_matter_of_the_line_is_not_proven(message: str, said: tuple[str, str]) -> None:
    told = Finding("a.py", 3, "count = 1", "error", message)
    assert confirmed([told], [Said("ruff", Diagnostic("a.py", 3, 1, *said))]) == [told]


@pytest.mark.parametrize(
    ("message", "raises", "names"),
    [
        ("Division by zero when there are no values", "ZeroDivisionError", True),
        ("divides by zero if empty", "ZeroDivisionError", True),
        ("an IndexError for an empty list", "IndexError", True),
        ("The password is written to the log", "ZeroDivisionError", False),
        ("The API key is written to the log", "KeyError", False),
        ("The value is negative", "ValueError", False),
    ],
)
def test_words_name_an_error(message: str, raises: str, names: bool) -> None:
    assert names_error(message, raises) is names


CODE = """
class Stack:
    def pop(self, at: int) -> int:
        '''It may raise KeyError.'''
        for one in self.items:
            use(one)
        raise ValueError(at)

def loose(n):
    return n.x
"""


def claim(line: int, raises: str) -> Claim | None:
    return claim_of(Finding("f.py", line, "", "error", "", raises=raises), CODE)


def test_a_claim_is_about_one_statement_of_a_function() -> None:
    found = claim(5, "builtins.IndexError")
    assert found is not None
    assert (found.name, found.first_line, found.last_line) == ("Stack.pop", 5, 5)
    assert found.raises == "IndexError"
    assert found.code.startswith("def pop")


@pytest.mark.parametrize(
    ("line", "raises"),
    [
        (7, "ValueError"),  # it is meant
        (5, "KeyError"),  # it is told of
        (10, "AttributeError"),  # nobody said what n is
        (1, "IndexError"),  # in no function
        (5, "OSError"),
        (5, "Exception()"),
        (5, "print"),
        (5, ""),
    ],
)
def test_what_no_call_can_prove_is_no_claim(line: int, raises: str) -> None:
    found = claim(line, raises)
    assert found is None or found.raises == "Exception"


@pytest.mark.parametrize(
    "call", ["Stack().pop(1)", "`Stack.pop(Stack(), 1)`", " Stack().pop(at=2)"]
)
def test_a_call_of_the_method(call: str) -> None:
    found = claim(5, "IndexError")
    assert found is not None
    assert ast.parse(call_of(call, found))


@pytest.mark.parametrize(
    "call", ["", "pop(1)", "Stack()", "Other().pop(1)", "x = Stack().pop(1)", "import os", "(", "1"]
)
def test_anything_else_is_none(call: str) -> None:
    found = claim(5, "IndexError")
    assert found is not None
    with pytest.raises(Unusable):
        call_of(call, found)
