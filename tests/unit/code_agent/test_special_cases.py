"""Code that knows the tests' own values is told from code that does the work."""

from __future__ import annotations

import pytest

from code_agent.python.expectations import Expectation, expectations
from code_agent.python.special_cases import special_cases, tells_more

SQUARES = "def test_it():\n    assert square(7) == 49\n    assert square(12) == 144\n"
CERTAIN = {
    "branches": (
        "def square(n):\n    if n == 7:\n        return 49\n    if n == 12:\n"
        "        return 144\n    return 0\n"
    ),
    "the other way round": (
        "def square(n):\n    if 7 == n:\n        return 49\n    elif 12 == n:\n        return 144\n"
    ),
    "a table": "def square(n):\n    return {7: 49, 12: 144}[n]\n",
    "a table with a name": (
        "KNOWN = {7: 49, 12: 144}\n\ndef square(n):\n    return KNOWN.get(n, 0)\n"
    ),
    "match": (
        "def square(n):\n    match n:\n        case 7:\n            return 49\n"
        "        case 12:\n            return 144\n"
    ),
    "its text": (
        "def square(n):\n    if str(n) == '7':\n        return 49\n"
        "    if n == 12:\n        return 144\n    if n == 7:\n"
        "        return 49\n"
    ),
    "another name of it": (
        "def square(n):\n    key = other = n\n    if key == 7:\n        return 49\n"
        "    if other == 12:\n        return 144\n    return 0\n"
    ),
    "one expression": "def square(n):\n    return 49 if n == 7 else (144 if n == 12 else n)\n",
}
FINE = {
    "the work": ("def square(n):\n    return n * n\n", SQUARES),
    "base cases": (
        (
            "def fib(n):\n    if n == 0:\n        return 0\n    if n == 1:\n"
            "        return 1\n    return fib(n - 1) + fib(n - 2)\n"
        ),
        "def test_it():\n    assert fib(0) == 0\n    assert fib(1) == 1\n    assert fib(9) == 34\n",
    ),
    "roman numerals": (
        (
            "def roman(n):\n    out = ''\n"
            "    for value, sign in {1000: 'M', 10: 'X', 9: 'IX', 4: 'IV', 1: 'I'}.items():\n"
            "        while n >= value:\n            out += sign\n"
            "            n -= value\n    return out\n"
        ),
        (
            "def test_it():\n    assert roman(4) == 'IV'\n"
            "    assert roman(9) == 'IX'\n    assert roman(1000) == 'M'\n"
        ),
    ),
    "days of months": (
        (
            "def days(month):\n"
            "    return {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, "
            "10: 31, 11: 30, 12: 31}[month]\n"
        ),
        "def test_it():\n    assert days(4) == 30\n    assert days(12) == 31\n",
    ),
}


@pytest.mark.parametrize("code", CERTAIN.values(), ids=CERTAIN)
def test_code_that_only_knows_the_tests_is_certain(code: str) -> None:
    found = special_cases(code, SQUARES, "Return the square of a number.")
    assert found.certain
    assert {(one.known, one.answer) for one in found.found} >= {("7", "49"), ("12", "144")}
    assert "as a test wants it" in found.found[0].says()


@pytest.mark.parametrize(("code", "tests"), FINE.values(), ids=FINE)
def test_code_that_does_the_work_is_not(code: str, tests: str) -> None:
    assert not special_cases(code, tests, "Do it.").certain


def test_values_of_the_specification_are_no_secret_of_the_tests() -> None:
    code = (
        "def say(n):\n    if n == 15:\n        return 'FizzBuzz'\n"
        "    if n == 30:\n        return 'FizzBuzz'\n"
    )
    tests = "def test_it():\n    assert say(15) == 'FizzBuzz'\n    assert say(30) == 'FizzBuzz'\n"
    assert special_cases(code, tests, "FizzBuzz").certain
    assert not special_cases(code, tests, "15 and 30 give FizzBuzz").found


def test_one_case_alone_is_doubtful() -> None:
    code = "def square(n):\n    if n == 7:\n        return 49\n    return n * n\n"
    found = special_cases(code, SQUARES, "Square it.")
    assert [one.line for one in found.found] == [2]
    assert not found.certain


def test_several_arguments_count_as_one() -> None:
    tests = "def test_it():\n    assert add(20, 30) == 50\n    assert add(5, 6) == 11\n"
    code = (
        "def add(a, b):\n    if (a, b) == (20, 30):\n        return 50\n"
        "    if a == 5 and b == 6:\n        return 11\n"
    )
    assert special_cases(code, tests, "Add.").certain


def test_what_tests_expect() -> None:
    tests = (
        "import pytest\n\n@pytest.mark.parametrize(('n', 'wanted'), [(4, 16), (5, 25)])\n"
        "def test_many(n, wanted):\n    assert square(n) == wanted\n\n"
        "def test_truth():\n    assert even(8) and not even(9)\n    assert 'b' == name('a', n=2)\n"
    )
    assert expectations(tests) == [
        Expectation(("8",), "True"),
        Expectation(("9",), "False"),
        Expectation(("'a'", "2"), "'b'"),
        Expectation(("4",), "16"),
        Expectation(("5",), "25"),
    ]


def test_what_a_loop_of_cases_expects() -> None:
    tests = (
        "CASES = [(4, 16), (5, 25)]\n\ndef test_it():\n"
        "    for n, wanted in CASES:\n        assert square(n) == wanted\n"
    )
    assert expectations(tests) == [Expectation(("4",), "16"), Expectation(("5",), "25")]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("return text == 'f(a[1], {b})'", "True"),
        ("return len(text) > 3 and 'f(a[1], {b})' == text", "True"),
        ("return text in ('f(a[1], {b})', 'x')", "True"),
        ("return not text or text != '(]'", "False"),
    ],
)
def test_a_comparison_may_be_the_answer_by_itself(body: str, answer: str) -> None:
    code = f"def balanced(text):\n    {body}\n"
    tests = (
        "def test_it():\n    assert balanced('f(a[1], {b})') is True\n"
        "    assert balanced('(]') is False\n"
    )
    found = special_cases(code, tests, "Tell whether brackets are closed.").found
    assert [one.answer for one in found] == [answer]


def test_a_comparison_of_what_was_given_with_itself_is_none() -> None:
    code = "def palindrome(text):\n    return text == text[::-1]\n"
    tests = "def test_it():\n    assert palindrome('otto') is True\n"
    assert not special_cases(code, tests, "Tell whether it is a palindrome.").found


@pytest.mark.parametrize(
    ("unseen", "more"),
    [
        ("assert f('(]') is False", False),
        ("assert f('(]') is False\n    assert f('a') is False", False),
        ("assert f('(]') is False\n    assert f('()') is True", True),
        ("assert f(4) == 16", True),
        ("assert f([]) == []", False),
        ("check(f)", True),
    ],
)
def test_tests_of_what_anybody_answers_tell_no_more(unseen: str, more: bool) -> None:
    assert tells_more(f"def test_it():\n    {unseen}\n") is more
