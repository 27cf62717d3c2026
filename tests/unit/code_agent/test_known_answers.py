"""Code that gives back what tests expect and computes nothing is told from code that does."""

from __future__ import annotations

import pytest

from code_agent.languages.given import works_with
from code_agent.languages.which import language_of
from code_agent.python.examples import examples, without_examples
from code_agent.python.known_answers import known_answers
from code_agent.python.unused import unused_parameters

HEAD = "def square(n):\n"
TESTS = "def test_it():\n    for n, wanted in [(4, 16), (5, 25), (9, 81)]:\n"
TESTS += "        assert square(n) == wanted\n"
CERTAIN = {
    "branches": "    if n == 4:\n        return 16\n    return 25 if n == 5 else 81\n",
    "another name of it": "    key = n\n    return 16 if key == 4 else {5: 25, 9: 81}[key]\n",
    "a loop": (
        "    for known, answer in [(4, 16), (5, 25), (9, 81)]:\n"
        "        if known == n:\n            return answer\n    return 0\n"
    ),
    "next": "    return next(b for a, b in ((4, 16), (5, 25), (9, 81)) if a == n)\n",
    "an index": "    return (16, 25, 81)[[4, 5, 9].index(n)]\n",
    "match": (
        "    match n:\n        case 4:\n            found = 16\n        case 5:\n"
        "            found = 25\n        case _:\n            found = 81\n    return found\n"
    ),
    "and, or": "    return (n == 4 and 16) or (n == 5 and 25) or 81\n",
    "dict": "    known = dict(zip([4, 5, 9], [16, 25, 81]))\n    return known.get(n, 0)\n",
    "another function": "    return _f(n)\n\ndef _f(n):\n    return {4: 16, 5: 25}.get(n, 81)\n",
    "a table of the module": "    return KNOWN[n]\n\nKNOWN = {4: 16, 5: 25, 9: 81}\n",
}
DOUBTFUL = {
    "by size": "    if n < 5:\n        return 16\n    return 25 if n < 9 else 81\n",
    "always the same": "    return 25\n",
}
FINE = {
    "the work": "    return n * n\n",
    "bit by bit": "    found = 16\n    for _ in range(n):\n        found += n\n    return found\n",
    "a list that grows": "    found = [25]\n    found.append(n)\n    return found\n",
    "some of it": "    if n == 4:\n        return 16\n    return n * n\n",
    "more than the tests know": "    return {4: 16, 5: 25, 6: 36, 7: 49, 9: 81}[n]\n",
    "yes and no": "    return n == 4\n",
}
SIGNS = """
def test_it():
    assert sign(-3) == "negative"
    assert sign(0) == "zero"
    assert sign(8) == "positive"
"""
SIGN = """
def sign(n):
    if n == 0:
        return "zero"
    return "negative" if n < 0 else "positive"
"""
DAYS = """
def test_it():
    assert days(2, 2023) == 28
    assert days(2, 2024) == 29
    assert days(4, 2023) == 30
    assert days(1, 2023) == 31
"""
DAYS_OF = """
def days(month, year):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
"""


@pytest.mark.parametrize("body", CERTAIN.values(), ids=CERTAIN)
def test_who_knows_what_is_asked_and_answered_computes_nothing(body: str) -> None:
    found = known_answers(HEAD + body, TESTS, "Square it.")
    assert found is not None
    assert found.certain
    assert found.says.startswith("square computes nothing: all it gives back stands in the tests")


@pytest.mark.parametrize("body", DOUBTFUL.values(), ids=DOUBTFUL)
def test_who_knows_answers_alone_is_doubtful(body: str) -> None:
    found = known_answers(HEAD + body, TESTS, "Square it.")
    assert found is not None
    assert not found.certain


@pytest.mark.parametrize("body", FINE.values(), ids=FINE)
def test_who_does_some_work_is_not(body: str) -> None:
    assert known_answers(HEAD + body, TESTS, "Square it.") is None


def test_what_is_told_apart_in_words_is_fine() -> None:
    assert known_answers(SIGN, SIGNS, "Name the kind of a number.") is None
    assert known_answers(DAYS_OF, DAYS, "How many days has a month?") is None


def test_values_of_the_specification_are_no_secret() -> None:
    code = "def price(age):\n    if age == 12:\n        return 5\n    return 9\n"
    tests = "def test_it():\n    assert price(12) == 5\n    assert price(40) == 9\n"
    assert known_answers(code, tests, "At 12 it is 5 euros, else 9.") is None
    assert known_answers(code, tests, "Between 125 and 195.") is not None


@pytest.mark.parametrize(
    ("spec", "left"),
    [
        ("The area: area(2, 3) == 6, area(4, 5) returns 20.", "The area: , ."),
        ("The area.\n>>> area(2, 3)\n6\n", "The area.\n>>> \n"),
        ("Of area(2, 3) nothing is said.", "Of area(2, 3) nothing is said."),
    ],
)
def test_a_specification_without_its_examples(spec: str, left: str) -> None:
    assert without_examples(spec, examples(spec, ["area"])) == left


def test_parameters_without_a_use() -> None:
    assert unused_parameters("def f(a, b):\n    return a\n", ["f"]) == ["f does nothing with b"]
    for fine in (
        "def f(a, _b):\n    return a\n",
        "def f(a, b):\n    raise NotImplementedError\n",
        "def f(a, b):\n    def g():\n        return b\n    return g() + a\n",
        "def f(a, *more):\n    return a\n",
        "class C:\n    def f(self, a):\n        return 1\n",
        "def other(a):\n    return 1\n",
    ):
        assert unused_parameters(fine, ["f"]) == []


LANGUAGES = {
    "f.py": ("def f(a, b):\n    return a - b\n", "def f(a, b):\n    return a + 3\n", ["a"]),
    "f.js": ("const f = (a, b) => a - b;", "const f = (a, b) => { return 5; };", []),
    "f.ts": (
        "class C {\n  f(a: number, b: number): number { return a - b }\n}",
        "class C {\n  f(a: number, b: number): number { return a + 3 }\n}",
        ["a"],
    ),
    "f.go": ("package f\n\nfunc f(a, b int) int {\n\treturn a - b\n}\n", "", None),
    "f.rs": ("fn f(a: i32, b: i32) -> i32 { a - b }", "fn f(a: i32, b: i32) -> i32 { 5 }", []),
    "f.sh": ("f() {\n  echo $(($1 - $2))\n}\n", "f() {\n  echo 5 $1\n}\n", ["1"]),
}


@pytest.mark.parametrize("path", LANGUAGES)
def test_what_a_function_works_with(path: str) -> None:
    before, after, left = LANGUAGES[path]
    language = language_of(path)
    assert language is not None
    name = "C.f" if "class" in before else "f"
    assert works_with(language, before, name) == (["1", "2"] if path == "f.sh" else ["a", "b"])
    assert works_with(language, after, name) == left


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("f.py", "def f(*all):\n    return sum(all)\n"),
        ("f.js", "function f(...all) { return all.length }"),
        ("f.js", "function f(a) { return arguments.length }"),
        ("f.sh", 'f() {\n  echo "$@"\n}\n'),
    ],
)
def test_of_what_has_no_names_that_is_unknown(path: str, text: str) -> None:
    language = language_of(path)
    assert language is not None
    assert works_with(language, text, "f") is None
