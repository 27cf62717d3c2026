"""Where a failing test points to: places in its error, functions in its text, and their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from code_agent.fixing.failures import failure_of
from code_agent.fixing.places import Place, places_in
from code_agent.fixing.suspects import suspects
from code_agent.languages.pieces import Piece, pieces_of
from code_agent.languages.which import Language
from executors.projects.cases import Case

PATHS = (
    "app/pkg/sums.py",
    "app/tests/test_sums.py",
    "web/sums.js",
    "lib/deep/far.go",
    "src/lib.rs",
)

STACK = """\
class Stack:
    def __init__(self):
        self.items = []

    @property
    def size(self):
        return len(self.items)

    @size.setter
    def size(self, wanted):
        del self.items[wanted:]

def push(stack, one):
    return _put(stack, one)

def _put(stack, one):
    stack.items.append(one)

if True:
    def twice():
        pass
else:
    def twice():
        pass
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "pkg/sums.py:7: in add\n    x\ntests/test_sums.py:3: in test_it\n",
            [Place("app/tests/test_sums.py", 3), Place("app/pkg/sums.py", 7)],
        ),
        ('  File "pkg/sums.py", line 2, in add\n', [Place("app/pkg/sums.py", 2)]),
        ("    at add (web/sums.js:3:10)\n", [Place("web/sums.js", 3)]),
        ("far.go:12: got 3\n", [Place("lib/deep/far.go", 12)]),
        ("panicked at src/lib.rs:6:5:\n", [Place("src/lib.rs", 6)]),
        ("/usr/lib/python3.11/ast.py:3: in parse\n../pkg/sums.py:1: x\n", []),
        ("nowhere.py:3: in f\n", []),
    ],
)
def test_places_are_those_of_the_project(text: str, found: list[Place]) -> None:
    assert places_in(text, PATHS, "app") == found


def test_the_same_last_name_twice_says_nothing() -> None:
    assert places_in("far.go:12: x", ["a/far.go", "b/far.go"]) == []


@given(st.text())
def test_any_text_may_come_from_a_runner(text: str) -> None:
    assert all(place.path in PATHS for place in places_in(text, PATHS, "app"))


def names(path: str, language: Language, text: str) -> list[str]:
    return [piece.name for piece in pieces_of(path, language, text)]


def test_functions_and_methods_are_pieces_but_not_what_is_there_twice() -> None:
    found = ["Stack.__init__", "Stack.size", "Stack.size.setter", "push", "_put"]
    assert names("stack.py", "python", STACK) == found


def test_of_python_that_is_broken_lines_are_pieces() -> None:
    text = STACK.replace("len(self.items)", "len(self.items")
    found = pieces_of("stack.py", "python", text)
    assert all(piece.broken for piece in found)
    assert [(one.name, one.first_line, one.last_line) for one in found][1:3] == [
        ("push", 13, 14),
        ("_put", 16, 17),
    ]


def test_tests_beside_rust_code_are_no_pieces() -> None:
    text = (
        "pub fn add() {}\n#[cfg(test)]\nmod tests {\n    fn helper() {}\n"
        "    #[test]\n    fn adds() {}\n}\n#[test]\nfn alone() {}\n"
    )
    assert names("src/lib.rs", "rust", text) == ["add"]


def test_functions_inside_of_others_are_parts_of_them() -> None:
    text = "const add = (a) => { const inner = () => 2; return inner() + a; };\n"
    assert names("a.js", "javascript", text) == ["add"]


def ranked(case: Case, sources: dict[str, str], tests: dict[str, str]) -> list[str]:
    pieces = [one for path, text in sources.items() for one in pieces_of(path, "python", text)]
    helpers = [one for path, text in tests.items() for one in pieces_of(path, "python", text)]
    failure = failure_of(case.name, case, tests, [*sources, *tests], ".")
    return [one.piece.name for one in suspects([failure], pieces, helpers)]


def test_the_innermost_frame_of_the_project_comes_first() -> None:
    case = Case(
        "test_it.py::test_push",
        "failed",
        message="NameError",
        detail="test_it.py:4: in test_push\n    push(s, 1)\nstack.py:14: in push\n    x\n"
        "stack.py:17: in _put\n    y\nE   NameError\n",
    )
    test = "from stack import Stack, push\n\ndef test_push():\n    push(Stack(), 1)\n"
    assert ranked(case, {"stack.py": STACK}, {"test_it.py": test})[:2] == ["_put", "push"]


def test_without_a_frame_it_is_what_the_test_calls_and_then_what_that_calls() -> None:
    case = Case(
        "test_it.py::TestIt::test_push[a/b]", "failed", "", 0, "assert 1 == 2",
        "test_it.py:7: in test_push\n    assert push(s, 1) == 2\nE   assert 1 == 2\n",
    )  # fmt: skip
    test = (
        "from stack import Stack, push\n\nclass TestIt:\n    def test_other(self):\n"
        "        pass\n    def test_push(self):\n        assert push(Stack(), 1) == 2\n"
    )
    found = ranked(
        case, {"stack.py": STACK, "no.py": "def no():\n    pass\n"}, {"test_it.py": test}
    )
    assert found[0] == "push"
    assert found.index("_put") < 4
    assert "no" not in found


def test_a_fixture_leads_to_what_it_makes() -> None:
    case = Case("test_it.py::test_full", "failed", detail="test_it.py:9: in test_full\n")
    test = (
        "import pytest\nfrom stack import push\n\n@pytest.fixture\ndef full():\n"
        "    return push(None, 1)\n\ndef test_full(full):\n    assert full\n"
    )
    assert ranked(case, {"stack.py": STACK}, {"test_it.py": test})[0] == "push"


def test_a_syntax_error_points_to_its_function_and_the_one_before() -> None:
    text = STACK.replace("    return _put(stack, one)", "    return _put(stack, one")
    case = Case(
        "test_it.py", "error", "", 0, "SyntaxError", 'E     File "stack.py", line 14\nSyntaxError'
    )
    found = ranked(case, {"stack.py": text}, {"test_it.py": "import stack\n"})
    assert found[0] == "push"


def test_a_test_that_is_called_by_a_text_is_its_own_statement() -> None:
    text = (
        "describe('sums', () => {\n  it('adds', () => {\n    expect(add(1)).toBe(2);\n  });\n"
        "  it('halves', () => {\n    expect(half(4)).toBe(2);\n  });\n});\n"
    )
    case = Case("halves", "failed", detail="at web.test.js:6:3\n")
    failure = failure_of("halves", case, {"web.test.js": text}, ["web.test.js"], ".")
    assert "half(4)" in failure.text
    assert "add(1)" not in failure.text


def test_every_piece_knows_the_lines_it_is_in() -> None:
    piece = Piece("a.py", "Stack.push", "python", 3, 5, "")
    assert [piece.holds(line) for line in (2, 3, 5, 6)] == [False, True, True, False]
    assert (piece.own_name, piece.within) == ("push", "Stack")
